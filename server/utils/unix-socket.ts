import { lstatSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartError } from './start-error.ts'

/**
 * Removes the socket that a killed process left behind; the server could not listen on it. Call it with the lock on the
 * data folder: without that the socket may belong to a server that is alive.
 *
 * @throws StartError when something else lies there, or the folder is missing
 */
export function removeStaleSocket(path: string): void {
  if (!lstatSync(dirname(path), { throwIfNoEntry: false })) {
    throw new StartError(`NITRO_UNIX_SOCKET is ${path}, but there is no folder ${dirname(path)}: create it`)
  }
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) return
  if (!found.isSocket()) throw new StartError(`NITRO_UNIX_SOCKET is ${path}, but a file that is no socket lies there: remove it, or choose another path`)
  unlinkSync(path)
}
