import { findDocument, listUnfinishedDocuments } from '#server/db/documents'

/** First the state of every unfinished document, then each change of any document as it happens. */
export default defineEventHandler(async (event) => {
  const { db, documentEvents } = useServices()
  const stream = openEventStream(event)
  const unsubscribe = documentEvents.subscribe(change => void stream.send(change))
  void stream.closed.then(unsubscribe)
  for (const { id } of listUnfinishedDocuments(db)) {
    // Read again at its turn: sending waits for the reader, and a change may have gone out meanwhile.
    const document = findDocument(db, id)
    if (document) await stream.send({ type: 'document', data: document })
  }
  await stream.closed
})
