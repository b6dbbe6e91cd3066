import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { countChunks, insertChunks, listPendingChunks } from '../db/chunks.ts'
import type { Db } from '../db/connection.ts'
import { setExtracted, setReady, setTitle, type DocumentRecord } from '../db/documents.ts'
import { insertFullText } from '../db/fulltext.ts'
import { fenced, finishJob, type Lease } from '../db/jobs.ts'
import { insertPages, type NewPage } from '../db/pages.ts'
import type { Embedder } from '../embed/types.ts'
import { notStored } from '../utils/disk-full.ts'
import type { ExtractedPage, Extractor } from '../extract/types.ts'
import { chunkTokens, createChunker, estimateTokens } from './chunk.ts'
import { embedChunks, EMBED_BATCH } from './embed-chunks.ts'
import { noText } from './failures.ts'
import { defaultTitle } from './filename.ts'
import type { IngestStats } from './ingest-report.ts'
import { createPacer } from './pacer.ts'
import type { ReportProgress } from './progress.ts'
import { removeContent } from './removal.ts'
import { TimeLeft } from './time-left.ts'
import type { ChunkDraft } from './types.ts'

/** Bounds of one write transaction, so that the event loop and other writers wait for some 10 ms. */
const BATCH_CHUNKS = 32
const BATCH_PAGES = 32
const BATCH_CHARS = 128 * 1024

export interface IngestContext {
  db: Db
  filesDir: string
  extractor: Extractor
  /** Null in keyword mode. */
  embedder: Embedder | null
  /** False while the disk is too full for documents. */
  hasRoom?: () => boolean
}

/**
 * Takes one document from its stored file to `ready`. Every write checks the lease, so a superseded attempt changes
 * nothing.
 *
 * Checkpoints: until extraction has ended an attempt starts over, with what the one before it left removed. After that
 * pages, chunks and full text are complete, and an attempt goes on with the first chunk that has no embedding.
 * Searches see the document from the single statement that makes it ready.
 *
 * @throws AppError, LeaseLostError, or the signal's reason
 */
export async function ingestDocument(
  context: IngestContext, document: DocumentRecord, lease: Lease, report: ReportProgress, stats: IngestStats, signal: AbortSignal,
): Promise<void> {
  const { db, embedder } = context
  const transact = <T>(work: () => T) => {
    requireRoom(context)
    return stats.timeSync('store', () => fenced(db, lease, work))
  }
  const abort = new AbortController()
  const either = AbortSignal.any([signal, abort.signal])
  const written = createFeed()
  const timeLeft = new TimeLeft({ embeds: embedder !== null })

  const stored = countChunks(db, document.key, embedder?.id ?? null)
  const resumes = document.pages !== null && stored.foreign === 0
  if (!resumes) await removeContent(db, document.key, transact)
  signal.throwIfAborted()

  const extraction = async () => {
    const chunkCount = resumes
      ? document.chunkCount
      : await stats.time('extract', () => extractDocument(context, document, transact, report, stats, timeLeft, written.notify, either))
    timeLeft.noteAllRead(chunkCount)
    written.end(chunkCount)
  }
  const embedding = async () => {
    if (embedder) await embedDocument({ db, embedder, document, embedded: resumes ? stored.embedded : 0, transact, report, stats, timeLeft, written, signal: either })
  }
  // The first failure stops the other part; both have ended before anyone tidies up after them.
  const stopOther = (error: unknown) => {
    abort.abort(error)
    written.end(0)
    throw error
  }
  const parts = await Promise.allSettled([extraction().catch(stopOther), embedding().catch(stopOther)])
  for (const part of parts) if (part.status === 'rejected') throw abort.signal.reason

  signal.throwIfAborted()
  report('publish', 0, 1, null)
  transact(() => {
    setReady(db, document.key)
    finishJob(db, lease, { status: 'done' })
  })
}

/** What is left of a full disk is for what is small. @throws AppError `disk_full` */
export function requireRoom({ hasRoom }: Pick<IngestContext, 'hasRoom'>): void {
  if (hasRoom?.() === false) throw notStored()
}

/** Stores pages, chunks and full text while the extractor's pages come in; it waits for the disk, the extractor for it. */
async function extractDocument(
  { db, filesDir, extractor, embedder }: IngestContext, document: DocumentRecord, transact: <T>(work: () => T) => T,
  report: ReportProgress, stats: IngestStats, timeLeft: TimeLeft, notify: () => void, signal: AbortSignal,
): Promise<number> {
  const chunker = createChunker({ countTokens: text => embedder?.countTokens(text) ?? estimateTokens(text), maxTokens: chunkTokens(embedder) })
  const pace = createPacer()
  const batch = { pages: [] as NewPage[], chunks: [] as ChunkDraft[], chars: 0 }
  let pages = 0
  let length = 0
  let chunkCount = 0
  let scanned = 0
  let total = 0
  /** The page whose text is being recognised; it comes some pages later. */
  let recognising = 0

  const flush = () => {
    transact(() => {
      insertPages(db, document.key, batch.pages)
      const keys = insertChunks(db, document.key, batch.chunks)
      insertFullText(db, batch.chunks.map((chunk, index) => ({ chunkKey: keys[index]!, documentKey: document.key, headingPath: chunk.headingPath, text: chunk.text })))
    })
    stats.pages += batch.pages.length
    stats.chunks += batch.chunks.length
    Object.assign(batch, { pages: [], chunks: [], chars: 0 })
    notify()
  }
  const takeChunks = async (drafts: Iterable<ChunkDraft>) => {
    for (const draft of drafts) {
      batch.chunks.push(draft)
      chunkCount++
      if (batch.chunks.length >= BATCH_CHUNKS) flush()
      await pace()
      signal.throwIfAborted()
    }
  }

  report('extract', 0, 0, null)
  const extraction = extractor.extract({ path: join(filesDir, document.contentHash), mediaType: document.mediaType, filename: document.filename }, signal, (event) => {
    recognising = event.recognising
    total = event.pages
    timeLeft.noteRead(Math.max(pages, recognising - 1), total, chunkCount)
    report('recognise', recognising, total, timeLeft.seconds)
  })
  const info = extraction.info.then((found) => {
    total = found.pages ?? 0
    // A title the owner gave stays.
    if (found.title && document.title === defaultTitle(document.filename)) {
      document.title = found.title
      transact(() => setTitle(db, document.key, found.title!))
    }
  })
  // Its failure reaches us through the pages as well.
  info.catch(() => {})

  for await (const extracted of extraction.pages) {
    signal.throwIfAborted()
    const page = toCanonical(extracted, length)
    if (page.number !== pages + 1) throw new Error(`The extractor gave page ${page.number} after page ${pages}`)
    pages = page.number
    length = page.end
    if (page.flags.includes('looks_scanned')) scanned++
    batch.pages.push(page)
    batch.chars += page.text.length
    await takeChunks(chunker.push({ ...page, continues: page.flags.includes('continues') }))
    if (batch.pages.length >= BATCH_PAGES || batch.chars >= BATCH_CHARS) flush()
    timeLeft.noteRead(Math.max(pages, recognising - 1), total, chunkCount)
    if (pages < recognising) report('recognise', recognising, total, timeLeft.seconds)
    else report('extract', pages, total, timeLeft.seconds)
    await pace()
  }
  // Known by now; an extractor that never said it must not hold the document up.
  await Promise.race([info, nextTurn()])
  await takeChunks(chunker.finish())
  flush()
  if (chunkCount === 0) throw noText(scanned > 0)
  transact(() => setExtracted(db, document.key, { pages, length, chunkCount }))
  report('extract', pages, pages, timeLeft.seconds)
  return chunkCount
}

/** Embeds the document's chunks in order, as far as they are written, until the feed has ended. */
async function embedDocument({ db, embedder, document, embedded, transact, report, stats, timeLeft, written, signal }: {
  db: Db
  embedder: Embedder
  document: DocumentRecord
  /** Chunks that an earlier attempt has embedded. */
  embedded: number
  transact: <T>(work: () => T) => T
  report: ReportProgress
  stats: IngestStats
  timeLeft: TimeLeft
  written: Feed
  signal: AbortSignal
}): Promise<void> {
  let last = -1
  let done = embedded
  for (;;) {
    const ended = written.total !== null
    const chunks = listPendingChunks(db, document.key, last, EMBED_BATCH)
    if (chunks.length === 0) {
      if (ended) return
      await written.next()
      continue
    }
    signal.throwIfAborted()
    await stats.time('embed', () => embedChunks({ db, embedder, document, chunks, transact, signal }))
    stats.embedded += chunks.length
    last = chunks.at(-1)!.ordinal
    done += chunks.length
    timeLeft.noteEmbedded(done)
    if (written.total !== null) report('embed', done, written.total, timeLeft.seconds)
    await nextTurn()
  }
}

function toCanonical(page: ExtractedPage, offset: number): NewPage {
  return {
    ...page,
    start: offset,
    end: offset + page.text.length,
    blocks: page.blocks.map(block => ({ ...block, start: block.start + offset, end: block.end + offset })),
  }
}

interface Feed {
  notify: () => void
  end: (total: number) => void
  next: () => Promise<void>
  /** Null until the feed has ended. */
  readonly total: number | null
}

/** Tells one reader that there is more, or how much there was in all. */
function createFeed(): Feed {
  let signal = Promise.withResolvers<void>()
  let total: number | null = null
  return {
    notify() {
      signal.resolve()
      signal = Promise.withResolvers<void>()
    },
    end(count) {
      total ??= count
      signal.resolve()
    },
    next: () => signal.promise,
    get total() {
      return total
    },
  }
}
