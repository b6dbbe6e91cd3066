/** Ends a run and keeps what it has written. One that has ended already is answered as it is. */
export default defineEventHandler((event) => {
  return useServices().runs.stop(readIdParam(event, 'run'))
})
