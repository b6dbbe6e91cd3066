import { workerData } from 'node:worker_threads'
import { openReadOnly } from '../db/connection.ts'
import { serveThread } from '../utils/serve-thread.ts'
import type { SearchWorkerData, SearchWorkerRequest } from './index.ts'
import { searchServing } from './search.ts'

/** Searches on a connection of its own that cannot write, so that no scan holds up the server's event loop. */
const db = openReadOnly((workerData as SearchWorkerData).databasePath)

serveThread(({ request, queries }: SearchWorkerRequest) => searchServing(db, request, queries))
