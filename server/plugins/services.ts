import { startServices } from '../utils/start'

/**
 * Starts the product with the server and stops it with the server.
 *
 * Nitro does not wait for an asynchronous plugin, so requests wait for the services instead.
 */
export default defineNitroPlugin((nitroApp) => {
  const ready = startServices().catch(dieOf)
  nitroApp.hooks.hook('request', async () => {
    await ready
  })

  // Nitro logs an uncaught exception and lives on, even when it could not listen: a process that serves nothing.
  process.on('uncaughtException', dieOf)

  // Nitro waits for open requests before its `close` hook, so streams have to be told here or they hold the stop up.
  let stopping = false
  const stopWork = async () => {
    if (stopping) return
    stopping = true
    const services = await ready
    await Promise.allSettled([services?.runs.shutdown(), services?.ingest.stop()])
    closeEventStreams()
  }
  process.once('SIGTERM', stopWork)
  process.once('SIGINT', stopWork)

  nitroApp.hooks.hook('close', async () => {
    await stopWork()
    const services = await ready
    if (!services) return
    await Promise.allSettled([services.retriever.close(), services.embedder?.close(), services.extractor.close()])
    services.db.pragma('wal_checkpoint(TRUNCATE)')
    services.db.close()
  })
})

/** Ends the process with one readable line; the supervisor starts it again where that can help. */
function dieOf(error: unknown): undefined {
  if (error instanceof ConfigError) console.error(`ragtime: ${error.message}`)
  else if (isTakenAddress(error)) console.error(`ragtime: ${error.message}: another program uses this address, set PORT to a free one`)
  else console.error('ragtime: stopped after an unexpected error', error)
  process.exit(1)
}

function isTakenAddress(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
