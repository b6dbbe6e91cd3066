import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Document, DocumentEvent } from '../../../../../shared/schemas/documents.ts'
import { plainReport } from '../../../../../shared/utils/page-notes.ts'
import type { Db } from '../../../../../server/db/connection.ts'
import { findDocument, findDocumentRecord } from '../../../../../server/db/documents.ts'
import { ensureVectorIndex } from '../../../../../server/db/vectors.ts'
import type { Embedder } from '../../../../../server/embed/types.ts'
import type { ExtractedPage, ExtractionListener, Extractor } from '../../../../../server/extract/types.ts'
import { acceptFiles } from '../../../../../server/ingest/accept.ts'
import { incomingDir } from '../../../../../server/ingest/files.ts'
import { createIngestQueue, type IngestQueue, type IngestQueueOptions } from '../../../../../server/ingest/queue.ts'
import { EventHub } from '../../../../../server/utils/event-hub.ts'
import { temporaryDatabase } from '../../../support/database.ts'

/** A gate that work waits at: tests stop a document at a known place and go on when they want to. */
export class Gate {
  #open = Promise.withResolvers<void>()
  #arrived = Promise.withResolvers<void>()
  /** Resolves when somebody waits. */
  get arrived(): Promise<void> {
    return this.#arrived.promise
  }

  async pass(signal?: AbortSignal): Promise<void> {
    this.#arrived.resolve()
    const aborted = Promise.withResolvers<never>()
    const onAbort = () => aborted.reject(signal!.reason)
    if (signal?.aborted) onAbort()
    signal?.addEventListener('abort', onAbort)
    await Promise.race([this.#open.promise, aborted.promise])
  }

  open(): void {
    this.#open.resolve()
  }
}

/** Reads a text file: pages are separated by form feeds, blocks by blank lines. `onPage` may wait or throw. */
export class FakeExtractor implements Extractor {
  calls = 0
  onPage: (number: number, signal: AbortSignal) => void | Promise<void> = () => {}
  /** The same with the page's text. */
  onText: (text: string, signal: AbortSignal) => void | Promise<void> = () => {}
  title: string | null = null
  flags: string[] = []
  /** Says of each page that its text is recognised. */
  recognises = false

  extract(file: { path: string }, signal: AbortSignal, hear: ExtractionListener = () => {}) {
    this.calls++
    const texts = readFileSync(file.path, 'utf8').split('\f')
    const info = Promise.resolve({ pages: texts.length, title: this.title })
    const pages = async function* (this: FakeExtractor): AsyncGenerator<ExtractedPage> {
      for (const [index, raw] of texts.entries()) {
        if (this.recognises) hear({ recognising: index + 1, pages: texts.length })
        await this.onPage(index + 1, signal)
        await this.onText(raw, signal)
        signal.throwIfAborted()
        const text = raw.trim() === '' ? '' : `${raw.trim()}\n\n`
        const blocks = [...text.matchAll(/\S(?:[^\n]|\n(?!\n))*/g)].map(match => ({
          kind: match[0].startsWith('# ') ? 'heading' as const : 'paragraph' as const, level: 1, start: match.index, end: match.index + match[0].length,
        }))
        yield { number: index + 1, text, label: null, width: null, height: null, blocks, flags: this.flags, report: plainReport(text), boxes: null }
      }
    }
    return { info, pages: pages.call(this) }
  }

  async close() {}
}

/** Vectors of four numbers from the text's hash. `onEmbed` may wait or throw. */
export class FakeEmbedder implements Embedder {
  readonly id: string = 'fake-4'
  readonly dimensions = 4
  readonly window = 256
  embedded: string[] = []
  onEmbed: (texts: string[], signal?: AbortSignal) => void | Promise<void> = () => {}

  countTokens(text: string) {
    return text.split(/\s+/).filter(Boolean).length
  }

  async embed(texts: string[], _kind: 'query' | 'document', signal?: AbortSignal) {
    await this.onEmbed(texts, signal)
    signal?.throwIfAborted()
    this.embedded.push(...texts)
    return texts.map((text) => {
      const bytes = createHash('sha256').update(text).digest()
      const raw = [0, 1, 2, 3].map(index => bytes[index]! / 255 + 0.01)
      const length = Math.hypot(...raw)
      return Float32Array.from(raw, value => value / length)
    })
  }

  async close() {}
}

export interface Harness {
  db: Db
  path: string
  filesDir: string
  extractor: FakeExtractor
  embedder: FakeEmbedder
  documentEvents: EventHub<DocumentEvent>
  seen: DocumentEvent[]
  ingest: IngestQueue
  /** A queue of its own on the same database, as after a restart. */
  restart: (options?: Partial<IngestQueueOptions>) => IngestQueue
  add: (text: string, options?: { filename?: string, title?: string | null }) => Promise<Document>
  /** Puts a file into the incoming folder as an upload does. */
  receive: (text: string, filename?: string, title?: string | null) => { filename: string, path: string, contentHash: string, bytes: number, title: string | null }
}

export function harness(options: Partial<IngestQueueOptions> = {}): Harness {
  const { db, path } = temporaryDatabase()
  const filesDir = join(dirname(path), 'files')
  mkdirSync(incomingDir(filesDir), { recursive: true })
  const extractor = new FakeExtractor()
  const embedder = new FakeEmbedder()
  const documentEvents = new EventHub<DocumentEvent>()
  const seen: DocumentEvent[] = []
  documentEvents.subscribe(event => seen.push(event))
  ensureVectorIndex(db, { embedderId: embedder.id, dimensions: embedder.dimensions })
  const restart = (more: Partial<IngestQueueOptions> = {}) => {
    return createIngestQueue({ db, filesDir, extractor, embedder, events: documentEvents, backoffMs: 5, ...options, ...more })
  }
  const ingest = restart()
  let count = 0
  const receive = (text: string, filename = 'notes.txt', title: string | null = null) => {
    const file = join(incomingDir(filesDir), `upload-${count++}`)
    writeFileSync(file, text)
    return { filename, path: file, contentHash: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text), title }
  }
  const add = async (text: string, { filename = 'notes.txt', title = null }: { filename?: string, title?: string | null } = {}) => {
    const quiet = { db, filesDir, documentEvents, ingest: { kick() {}, retry: ingest.retry } }
    const { documents } = await acceptFiles(quiet, [receive(text, filename, title)])
    return documents[0]!
  }
  return { db, path, filesDir, extractor, embedder, documentEvents, seen, ingest, restart, add, receive }
}

/** A text of `pages` pages with headings, some twenty chunks a page. */
export function longText(pages: number, salt = ''): string {
  const sentence = (page: number, index: number) => `Sentence ${index} of page ${page}${salt} tells how a rag was written, sold and played ${'over and over '.repeat(5)}in that year.`
  return Array.from({ length: pages }, (_, page) => `# Chapter ${page}\n\n${Array.from({ length: 100 }, (_, index) => sentence(page, index)).join(' ')}`).join('\f')
}

export function counts(db: Db): { documents: number, pages: number, chunks: number, fullText: number, vectors: number, jobs: number } {
  const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
  return { documents: count('documents'), pages: count('pages'), chunks: count('chunks'), fullText: count('chunks_fts'), vectors: count('chunks_vec'), jobs: count('jobs') }
}

/** What a finished document must be: complete, consistent, and there once. Returns its number of chunks. */
export function checkReady({ db, filesDir }: Pick<Harness, 'db' | 'filesDir'>, id: string): number {
  const document = findDocument(db, id)!
  if (document.status !== 'ready') throw new Error(`The document is ${document.status}: ${JSON.stringify(document.error)}`)
  const { key, contentHash } = findDocumentRecord(db, id)!
  if (!existsSync(join(filesDir, contentHash))) throw new Error('The file is gone')
  const pages = db.prepare<[number], { number: number, start: number, end: number, text: string }>('SELECT number, start, end, text FROM pages WHERE document_key = ? ORDER BY number').all(key)
  const canonical = pages.map(({ text }) => text).join('')
  const chunks = db.prepare<[number], { key: number, ordinal: number, start: number, end: number, text: string, embedded: number }>(`
    SELECT key, ordinal, start, end, text, embedding IS NOT NULL AS embedded FROM chunks WHERE document_key = ? ORDER BY ordinal`).all(key)
  const problems = [
    pages.length !== document.pages && 'pages',
    pages.some((page, index) => page.number !== index + 1 || page.text !== canonical.slice(page.start, page.end)) && 'page ranges',
    chunks.length !== document.chunkCount && `chunks: ${chunks.length} of ${document.chunkCount}`,
    chunks.some((chunk, index) => chunk.ordinal !== index || chunk.text !== canonical.slice(chunk.start, chunk.end)) && 'chunk ranges',
    chunks.some(chunk => chunk.embedded === 0) && 'embeddings',
    chunks.some(chunk => db.prepare('SELECT 1 FROM chunks_vec WHERE chunk_key = ?').get(BigInt(chunk.key)) === undefined) && 'vectors',
    chunks.some(chunk => db.prepare('SELECT 1 FROM chunks_fts WHERE rowid = ?').get(chunk.key) === undefined) && 'full text',
    canonical.replaceAll(/\s/g, '') !== chunks.map(({ text }) => text).join('').replaceAll(/\s/g, '') && 'text lost',
  ].filter(Boolean)
  if (problems.length > 0) throw new Error(`Not complete: ${problems.join(', ')}`)
  return chunks.length
}

export async function until(condition: () => boolean, ms = 10_000): Promise<void> {
  const end = Date.now() + ms
  while (!condition()) {
    if (Date.now() > end) throw new Error('The expected state did not come')
    await pause(5)
  }
}
