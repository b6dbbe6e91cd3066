import { unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { write, type Db } from '../db/connection.ts'
import { deleteDocumentRow, listDeleting, setDeleting } from '../db/documents.ts'
import { deleteJob } from '../db/jobs.ts'
import type { AttemptContext } from './attempt.ts'
import { removeContent } from './removal.ts'

/**
 * Makes a document disappear for everybody and removes its file; no worker may write for it from here on. No other code
 * runs between the commit and the removal of the file, so an upload of the same content cannot lose its file to us.
 * {@link finishDeletion} removes the rest. `also` runs in the transaction that hides the document.
 */
export function beginDeletion(
  { db, filesDir, log }: Pick<AttemptContext, 'db' | 'filesDir' | 'log'>, { key, contentHash }: { key: number, contentHash: string }, also: () => void = () => {},
): void {
  write(db, () => {
    setDeleting(db, key)
    deleteJob(db, key)
    also()
  })
  try {
    unlinkSync(join(filesDir, contentHash))
  }
  catch (error) {
    // The sweep at the next start tries again.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log({ level: 'warn', message: 'A stored file could not be removed', error })
  }
}

/** Removes what is stored of a document whose deletion has begun. `mayGoOn` is asked before each transaction. */
export async function finishDeletion(db: Db, key: number, mayGoOn: () => boolean, { purge = false } = {}): Promise<void> {
  await removeContent(db, key, (work) => {
    if (!mayGoOn()) throw new Error('The server stops; the next start goes on with this deletion')
    return write(db, work)
  }, { purge })
  write(db, () => deleteDocumentRow(db, key))
}

/** Finishes every deletion that the process before this one had begun. */
export async function finishDeletions(db: Db, mayGoOn: () => boolean): Promise<void> {
  await Promise.all(listDeleting(db).map(key => finishDeletion(db, key, mayGoOn, { purge: true })))
}
