import { workerData } from 'node:worker_threads'
import { openReadOnly } from '../db/connection.ts'
import { serveThread } from '../utils/serve-thread.ts'
import type { SearchWork, SearchWorkerData, SearchWorkerReply, SearchWorkerRequest } from './index.ts'
import { interactions } from './interaction.ts'
import { searchServing, selectReranked } from './search.ts'

/** Searches on a connection of its own that cannot write, so that no scan holds up the server's event loop. */
const db = openReadOnly((workerData as SearchWorkerData).databasePath)

const work: { [Kind in keyof SearchWork]: (input: SearchWork[Kind]['input']) => SearchWork[Kind]['reply'] } = {
  find: ({ request, queries }) => searchServing(db, request, queries),
  interact: ({ query, texts, dimensions }) => interactions(query, texts, dimensions),
  select: ({ request, found, scores, by }) => selectReranked(db, request, found, scores, by),
}

serveThread<SearchWorkerRequest, SearchWorkerReply>((message) => {
  if (message.kind === 'find') return work.find(message.input)
  return message.kind === 'interact' ? work.interact(message.input) : work.select(message.input)
})
