import { createWriteStream, type WriteStream } from 'node:fs'

/**
 * Creates a file for this user alone and hands it to `write`. Settles when the file is closed, not before: a stream opens its
 * file some time after it was made, so that a deletion that follows a failure at once could come first and leave the file.
 *
 * @throws whatever `write` throws; EEXIST when there is such a file, ENOSPC when the disk is full
 */
export async function writeNewFile(path: string, write: (file: WriteStream) => Promise<unknown>): Promise<void> {
  // Flushed before it counts as received: a power cut must not leave a document without its file.
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
  // Whoever writes is told by its own pipeline; an error that nobody listens to ends the process.
  file.on('error', () => {})
  const closed = new Promise<void>(resolve => file.once('close', () => resolve()))
  try {
    await write(file)
  }
  finally {
    file.destroy()
    await closed
  }
}
