/** Runs every minute and saves the instance once a day, at the first minute after RAGTIME_BACKUP_HOUR that it is awake. */
export default defineTask({
  meta: { name: 'backup', description: 'Saves the database and the files, when it is time' },
  run: async () => ({ result: await useServices().backups?.tick() ?? 'off' }),
})
