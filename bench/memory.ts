/**
 * What each process and thread takes of a small machine's memory:
 *
 *   npm run build && node bench/memory.ts [folder of PDFs] [--node=--max-semi-space-size=4,…] [NAME=VALUE …]
 *
 * Starts a copy of the build, uploads the PDFs at once and asks questions until all of them can be searched. Prints the
 * anonymous memory, which counts against a container's limit and cannot be given back (what is mapped from files can),
 * and beside it the resident set. `NAME=VALUE` is added to the server's environment.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Document } from '../shared/schemas/documents.ts'
import { startServer, type TestServer } from '../tests/server/support/server.ts'

interface Use { anonymous: number, resident: number }

const QUESTION_EVERY_MS = 1_000
const SAMPLE_MS = 100
const IDLE_MS = 15_000
const TIMEOUT_MS = 15 * 60_000
const QUESTIONS = ['What is masked language modelling?', 'Which tasks are in SuperGLUE?', 'How was HellaSwag filtered?', 'How much smaller is DistilBERT?']

const args = process.argv.slice(2)
const folder = resolve(args.find(arg => !arg.includes('=')) ?? join(import.meta.dirname, '../../shared/eval/papers'))
const nodeArgs = args.find(arg => arg.startsWith('--node='))?.slice('--node='.length).split(',') ?? []
const extra = Object.fromEntries(args.filter(arg => /^[A-Z_]+=/.test(arg)).map(arg => [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)]))
const files = readdirSync(folder).filter(name => name.endsWith('.pdf')).map(name => ({ name, content: readFileSync(join(folder, name)), type: 'application/pdf' }))

const rows: Record<string, Record<string, number>> = {}
const note = (name: string, { anonymous, resident }: Use) => {
  rows[name] = { 'anonymous MB': Math.round(anonymous), 'resident MB': Math.round(resident) }
}

for (const [name, embedder] of [['keyword mode', 'none'], ['with the model', 'minilm']] as const) {
  const server = await startServer({ args: nodeArgs, env: { RAGTIME_EMBEDDER: embedder, RAGTIME_SAMPLES: 'on', ...extra } })
  await whenRead(server, () => {})
  await server.fetch('/login').then(page => page.text())
  await delay(IDLE_MS)
  note(`server, idle with the samples, ${name}`, use(server.pid))
  if (embedder === 'minilm') await underLoad(server)
  await server.stop()
}
console.table(rows)

/** Highest values while the PDFs are read and questions are asked, and what stays afterwards. */
async function underLoad(server: TestServer): Promise<void> {
  const most: Record<'server' | 'child' | 'together', Use> = {
    server: { anonymous: 0, resident: 0 }, child: { anonymous: 0, resident: 0 }, together: { anonymous: 0, resident: 0 },
  }
  const peak = (of: keyof typeof most, { anonymous, resident }: Use) => {
    most[of] = { anonymous: Math.max(most[of].anonymous, anonymous), resident: Math.max(most[of].resident, resident) }
  }
  const sample = () => {
    const own = use(server.pid)
    const children = childrenOf(server.pid).map(use)
    peak('server', own)
    for (const child of children) peak('child', child)
    peak('together', [own, ...children].reduce((a, b) => ({ anonymous: a.anonymous + b.anonymous, resident: a.resident + b.resident })))
  }
  const { documents } = await server.upload(files)
  let asked = 0
  let slowest = 0
  let last = performance.now()
  const { body: chat } = await server.json<{ id: string }>('/api/chats', { method: 'POST', json: {} })
  const failed = await whenRead(server, async () => {
    sample()
    if (performance.now() - last < QUESTION_EVERY_MS) return
    last = performance.now()
    const question = QUESTIONS[asked++ % QUESTIONS.length]!
    const found = await server.json(`/api/search?q=${encodeURIComponent(question)}`)
    slowest = Math.max(slowest, performance.now() - last)
    if (asked % QUESTIONS.length === 0) await server.json(`/api/chats/${chat.id}/messages`, { method: 'POST', json: { content: question } })
    if (found.status !== 200) throw new Error(`A search was answered ${found.status}`)
  })
  console.log(`${documents.length} PDFs, ${failed} failed; ${asked} searches meanwhile, the slowest took ${slowest.toFixed(0)} ms`)
  note('server, at most while PDFs are read', most.server)
  note('one reader of documents, at most', most.child)
  note('server and readers together, at most', most.together)
  await delay(IDLE_MS)
  note('server, idle afterwards', use(server.pid))
}

/** Waits until no document is being read any more; tells how many failed. */
async function whenRead(server: TestServer, meanwhile: () => void | Promise<void>): Promise<number> {
  const end = performance.now() + TIMEOUT_MS
  let lastLook = 0
  for (;;) {
    if (performance.now() - lastLook > 1_000) {
      lastLook = performance.now()
      const { items } = (await server.json<{ items: Document[] }>('/api/documents?limit=100')).body
      if (items.every(({ status }) => status === 'ready' || status === 'failed')) return items.filter(({ status }) => status === 'failed').length
    }
    if (performance.now() > end) throw new Error('The documents were not read in time')
    await meanwhile()
    await delay(SAMPLE_MS)
  }
}

function use(pid: number): Use {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const of = (field: string) => Number(new RegExp(String.raw`${field}:\s+(\d+)`).exec(status)?.[1] ?? 0) / 1024
    return { anonymous: of('RssAnon'), resident: of('VmRSS') }
  }
  catch {
    return { anonymous: 0, resident: 0 } // It has ended.
  }
}

function childrenOf(pid: number): number[] {
  const lists = readdirSync(`/proc/${pid}/task`).map((thread) => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
    }
    catch {
      return ''
    }
  })
  return lists.join(' ').split(/\s+/).filter(Boolean).map(Number)
}
