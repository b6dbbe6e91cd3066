import { AppError } from '../utils/app-error.ts'
import type { MediaType } from '../../shared/utils/media-types.ts'
import { findWall, type Wall } from './command.ts'
import { failure } from './failures.ts'
import type { HiddenText } from './format.ts'
import { checkedPage, parseLine } from './line-check.ts'
import { DEFAULT_LIMITS, pictureBytes } from './limits.ts'
import { PAGE_GRANT, PAGE_SECONDS } from './ocr/limits.ts'
import type { OcrSettings } from './ocr/types.ts'
import { ExtractorProcess } from './process.ts'
import type { ExtractedPage, Extraction, ExtractionLimits, ExtractionListener, Extractor } from './types.ts'

export interface ExtractorOptions {
  /** The child's program: `entryPath('extract')`. */
  entry: string
  limits?: Partial<ExtractionLimits>
  /** Whether hidden text becomes part of the text; by default it does not. */
  hiddenText?: HiddenText
  /** How text in pictures is recognised; it is not unless given. */
  ocr?: Omit<OcrSettings, 'pictureBytes' | 'pageSeconds'> & Partial<OcrSettings> | null
  /** Hears once, before the first document, what keeps the children from the network; null where nothing in the kernel does. */
  onWall?: (wall: Wall | null) => void
  /** Hears after each document what it took; for measurements. */
  observe?: (use: { path: string, peakMb: number, cpuSeconds: number }) => void
}

/** Formats whose readers are our own few lines and no parser: one child may serve many of them. */
const SHARED: ReadonlySet<MediaType> = new Set(['text/plain', 'text/markdown', 'text/csv', 'text/tab-separated-values'])
/** A child is replaced after this many documents … */
const MAX_SERVED = 500
/** … or seconds of processor time, and stopped when nothing came for this long: it holds some 60 MB. */
const MAX_CPU_SECONDS = 30
const IDLE_MS = 5_000

type Info = Awaited<Extraction['info']>

/** Runs documents through sandboxed child processes. See ExtractorProcess for what bounds them. */
export function createExtractor(options: ExtractorOptions): Extractor {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const ocr = options.ocr ? { pageSeconds: PAGE_SECONDS, pictureBytes: pictureBytes(limits), ...options.ocr } : null
  const running = new Set<ExtractorProcess>()
  let idle: ExtractorProcess | null = null
  let idleTimer: NodeJS.Timeout | undefined
  let closed = false
  let behind: Promise<Wall | null> | undefined

  /** Found out with the first document: it starts Node once or twice, which a server that is starting has no time for. */
  function wall(): Promise<Wall | null> {
    return behind ??= findWall(limits).then((found) => {
      options.onWall?.(found)
      return found
    })
  }

  function start(wall: Wall | null): ExtractorProcess {
    const child = new ExtractorProcess(options.entry, limits, wall, ocr)
    running.add(child)
    return child
  }

  function take(shared: boolean, wall: Wall | null): ExtractorProcess {
    if (closed) throw failure('extractor_failed', 'The extractor is closed')
    const waiting = idle
    if (!shared || !waiting) return start(wall)
    idle = null
    clearTimeout(idleTimer)
    if (waiting.alive) return waiting
    void discard(waiting)
    return start(wall)
  }

  async function discard(child: ExtractorProcess): Promise<void> {
    running.delete(child)
    await child.close()
  }

  async function giveBack(child: ExtractorProcess, reusable: boolean): Promise<void> {
    child.rest()
    const keep = reusable && !idle && !closed && child.alive && child.served < MAX_SERVED && child.cpuSeconds < MAX_CPU_SECONDS
    if (!keep) return await discard(child)
    idle = child
    idleTimer = setTimeout(() => {
      idle = null
      void discard(child)
    }, IDLE_MS)
    idleTimer.unref()
  }

  async function* run(file: Parameters<Extractor['extract']>[0], signal: AbortSignal, tell: (info: Info) => void, hear: ExtractionListener): AsyncGenerator<ExtractedPage> {
    const found = await wall()
    signal.throwIfAborted()
    const shared = SHARED.has(file.mediaType)
    const child = take(shared, found)
    const stop = () => child.kill(failure('extractor_failed', signal.reason))
    signal.addEventListener('abort', stop, { once: true })
    let finished = false
    let number = 0
    let recognised = 0
    try {
      // A child that dies breaks the pipe; its end, read below, says why. A file that cannot be read ends the child.
      const sent = child.send(file.path, { mediaType: file.mediaType, filename: file.filename, pageLimit: limits.pages, hiddenText: options.hiddenText ?? 'exclude', ocr }, !shared)
      sent.catch((error: unknown) => child.kill(failure('extractor_failed', error)))
      for (;;) {
        const text = await child.nextLine()
        if (text === null) throw await child.explain()
        const line = parseLine(text)
        if (line.type === 'document') {
          tell({ pages: line.pages, title: line.title })
        }
        else if (line.type === 'page') {
          yield checkedPage(line, ++number)
        }
        else if (line.type === 'recognising') {
          if (++recognised > (ocr?.pages ?? 0)) raise('More pages were recognised than are allowed')
          child.grant(PAGE_GRANT)
          hear({ recognising: line.page, pages: line.pages })
        }
        else if (line.type === 'error') {
          finished = true
          throw failure(line.code, line.message)
        }
        else {
          if (line.pages !== number) raise(`${line.pages} pages were announced, ${number} came`)
          await sent
          finished = true
          return
        }
      }
    }
    catch (error) {
      signal.throwIfAborted()
      throw error instanceof AppError ? error : await child.explain(error)
    }
    finally {
      signal.removeEventListener('abort', stop)
      options.observe?.({ path: file.path, peakMb: child.peakMb, cpuSeconds: child.documentCpuSeconds })
      await giveBack(child, shared && finished && number > 0)
    }
  }

  return {
    extract(file, signal, hear = () => {}) {
      const info = Promise.withResolvers<Info>()
      info.promise.catch(() => {}) // Whoever reads the pages hears of it.
      const pages = run(file, signal, info.resolve, hear)
      // Starts at once, so that `info` comes without anyone reading pages.
      const first = pages.next()
      first.then(result => result.done && info.reject(failure('extractor_failed')), info.reject)
      return { info: info.promise, pages: { [Symbol.asyncIterator]: () => startingWith(first, pages) } }
    },
    async close() {
      closed = true
      clearTimeout(idleTimer)
      idle = null
      await Promise.all([...running].map(discard))
    },
  }
}

function raise(message: string): never {
  throw new Error(message)
}

/** An iterator over `rest` whose first step was already taken. */
async function* startingWith(first: Promise<IteratorResult<ExtractedPage>>, rest: AsyncGenerator<ExtractedPage>): AsyncGenerator<ExtractedPage> {
  try {
    const result = await first
    if (result.done) return
    yield result.value
    yield* rest
  }
  finally {
    await rest.return(undefined)
  }
}
