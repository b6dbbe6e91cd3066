import { parentPort, workerData } from 'node:worker_threads'
import { openReadOnly } from '../db/connection.ts'
import type { ThreadReply, ThreadRequest } from '../utils/worker-thread.ts'
import type { SearchWorkerData, SearchWorkerRequest } from './index.ts'
import { search } from './search.ts'
import type { SearchOutcome } from './types.ts'

/** Searches on a connection of its own that cannot write, so that no scan holds up the server's event loop. */
const port = parentPort!
const db = openReadOnly((workerData as SearchWorkerData).databasePath)

port.on('message', ({ id, request }: ThreadRequest<SearchWorkerRequest>) => {
  let reply: ThreadReply<SearchOutcome>
  try {
    reply = { id, ok: true, value: search(db, request.request, request.query) }
  }
  catch (error) {
    reply = { id, ok: false, error: String(error) }
  }
  port.postMessage(reply)
})
port.postMessage({ ready: true } satisfies ThreadReply<SearchOutcome>)
