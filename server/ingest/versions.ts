import type { Document, DocumentEvent } from '../../shared/schemas/documents.ts'
import { write, type Db } from '../db/connection.ts'
import { findDocument, findDocumentRecord, updateDocument } from '../db/documents.ts'
import { olderVersion, setReplaces } from '../db/versions.ts'
import { AppError } from '../utils/app-error.ts'
import type { EventHub } from '../utils/event-hub.ts'
import { publishByKey } from './attempt.ts'
import { documentNotFound } from './queue.ts'

/**
 * Changes what the owner may change of a document, in one transaction. With `replaces` it takes another one's place in
 * answers from the moment it is ready, or none's; the other keeps its page, and answers that quote it keep their quotes.
 *
 * @throws AppError 404 `document_not_found`, 400 `unknown_version`, 409 `not_a_version`
 */
export function changeDocument(
  { db, documentEvents }: { db: Db, documentEvents: EventHub<DocumentEvent> }, id: string,
  { replaces, ...patch }: { title?: string, collection?: string, replaces?: string | null },
): Document {
  const changed = write(db, () => {
    const record = findDocumentRecord(db, id)
    if (!record) throw documentNotFound()
    const before = olderVersion(db, record.key)
    if (replaces !== undefined) replace(db, record.key, replaces)
    updateDocument(db, id, patch)
    return [before, olderVersion(db, record.key)]
  })
  const document = findDocument(db, id)!
  documentEvents.publish({ type: 'document', data: document })
  // How the others stand depends on it: which of them are still used.
  for (const key of new Set(changed)) publishByKey({ db, events: documentEvents }, key)
  return document
}

function replace(db: Db, key: number, olderId: string | null): void {
  const older = olderId === null ? null : findDocumentRecord(db, olderId)
  if (olderId !== null && !older) {
    throw new AppError('unknown_version', 400, 'The document that this one was to replace is not here. Nothing was changed.', { issues: [{ path: 'replaces', message: 'There is no such document.' }] })
  }
  if (setReplaces(db, key, older?.key ?? null)) return
  throw new AppError('not_a_version', 409, 'This document cannot replace that one: it has a newer version already, or is a newer version itself. Nothing was changed.')
}
