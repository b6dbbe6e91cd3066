/**
 * Loads, while the image is built, each native file that the server will need: of the wrong platform, or without a
 * library it wants, one of them would fail at the first question only.
 */
import { strict as assert } from 'node:assert'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const server = join(import.meta.dirname, '../.output/server')
const require = createRequire(join(server, 'index.mjs'))

const { getLoadablePath } = await import(join(server, 'node_modules/sqlite-vec/index.mjs'))
const db = new (require('better-sqlite3'))(':memory:')
db.loadExtension(getLoadablePath())
db.exec('CREATE VIRTUAL TABLE words USING fts5(text)')
const { vec, sqlite } = db.prepare('SELECT vec_version() AS vec, sqlite_version() AS sqlite').get()
db.close()

// As the server does, server/embed/local.ts: nothing is reported to its maker.
process.env.ORT_DISABLE_TELEMETRY = '1'
const session = await require('onnxruntime-node').InferenceSession.create(join(server, 'model/model.onnx'))
assert(session.inputNames.includes('input_ids'))
await session.release()

console.log(`Node ${process.versions.node} on ${process.arch}: SQLite ${sqlite}, sqlite-vec ${vec}, onnxruntime and the model load`)
