import { inspect } from 'node:util'
import type { Claim } from '../utils/start'
import { claimInstance, startServices } from '../utils/start'
import { closeServices, stopWork } from '../utils/stop'

/**
 * Starts the product with the server and stops it with the server.
 *
 * Nitro does not wait for an asynchronous plugin, so requests wait for the services instead.
 */
export default defineNitroPlugin((nitroApp) => {
  // Nitro logs an uncaught exception and lives on, even when it could not listen: a process that serves nothing.
  process.on('uncaughtException', dieOf)

  const claim = claimOrDie()
  const ready = startServices(claim).catch(dieOf)
  nitroApp.hooks.hook('request', async () => {
    await ready
  })

  // Nitro waits for open requests before its `close` hook, so streams have to be told here or they hold the stop up.
  let stopped: Promise<void> | undefined
  const stop = () => stopped ??= ready.then(services => services && stopWork(services))
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)

  nitroApp.hooks.hook('close', async () => {
    await stop()
    const services = await ready
    if (services) await closeServices(services, claim.lock)
  })
})

function claimOrDie(): Claim {
  try {
    return claimInstance()
  }
  catch (error) {
    return dieOf(error)
  }
}

/** Ends the process with one readable line; the supervisor starts it again where that can help. */
function dieOf(error: unknown): never {
  if (error instanceof StartError) console.error(`ragtime: ${error.message}`)
  else if (isTakenAddress(error)) console.error(`ragtime: ${error.message}: another program uses this address, set PORT or NITRO_UNIX_SOCKET to a free one`)
  else console.error(redact(`ragtime: stopped after an unexpected error ${inspect(error)}`))
  process.exit(error instanceof StartError ? REFUSED_START_CODE : 1)
}

function isTakenAddress(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
