/** Runs every minute: picks up what is due when no upload or retry has done so already. */
export default defineTask({
  meta: { name: 'ingest', description: 'Works off the documents that wait to be read' },
  run: async () => ({ result: await useServices().ingest.drain() }),
})
