import type { PDFDocumentProxy } from 'pdfjs-dist'
import workerUrl from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?url'

/** Why an original cannot be shown: it is no PDF that can be drawn, drawing takes too long, or it could not be fetched. */
export type PdfProblem = 'damaged' | 'slow' | 'unreachable'

export class PdfError extends Error {
  readonly problem: PdfProblem

  constructor(problem: PdfProblem, cause?: unknown) {
    super(problem, { cause })
    this.problem = problem
  }
}

export interface PagePicture {
  canvas: HTMLCanvasElement
  /** Width of the page by its height, as it is shown. */
  aspect: number
}

export interface PdfFile {
  /** Draws a page onto a new canvas, `width` device pixels wide at most. */
  draw: (number: number, width: number, signal: AbortSignal) => Promise<PagePicture>
  /** Fills `layer` with the page's text, each piece over its picture. `--total-scale-factor` on it is CSS pixels a point. */
  layText: (number: number, layer: HTMLElement, signal: AbortSignal) => Promise<{ width: number }>
  close: () => void
}

/** Opening reads the file's end and its first page; over a slow line that takes a while. */
const OPEN_MS = 60_000
/** A page that takes longer is made to take long: a file of a few kilobytes can keep pdf.js busy for ever. */
const PAGE_MS = 30_000
const CHUNK_BYTES = 128 * 1024
/** Of one canvas, four bytes each. */
const MAX_PIXELS = 8_000_000
/** Of one picture inside of a page; A4 at 600 dots an inch has 35 million. */
const MAX_IMAGE_PIXELS = 64_000_000

/**
 * Opens a PDF in a worker of its own, which ends with `close`: whatever a file does to it, the page goes on.
 * Only the parts of the file that are shown are fetched, by ranges.
 *
 * @param assets path of the built files, where modules/pdf-files.ts puts those of pdf.js
 * @throws PdfError
 */
export async function openPdf(url: string, assets: string): Promise<PdfFile> {
  // Without this the server would carry the library as well.
  if (!import.meta.client) throw new PdfError('unreachable')
  const { getDocument, PDFWorker, TextLayer, VerbosityLevel, version } = await import('pdfjs-dist/legacy/build/pdf.mjs')
    .catch((cause) => { throw new PdfError('unreachable', cause) })
  const files = new URL(`${assets}pdfjs-${version}/`, location.href).href
  const port = new Worker(workerUrl, { type: 'module' })
  const failed = new Promise<never>((_resolve, reject) => port.addEventListener('error', event => reject(new PdfError('unreachable', event))))
  failed.catch(() => {})
  const worker = new PDFWorker({ port, verbosity: VerbosityLevel.ERRORS } as unknown as ConstructorParameters<typeof PDFWorker>[0])
  const task = getDocument({
    url, worker, verbosity: VerbosityLevel.ERRORS,
    rangeChunkSize: CHUNK_BYTES, disableAutoFetch: true, disableStream: true,
    cMapUrl: `${files}cmaps/`, standardFontDataUrl: `${files}fonts/`, wasmUrl: `${files}decoders/`,
    // The worker asks for nothing itself, so that its policy can forbid it.
    useWorkerFetch: false, useWasm: false, disableWorkerRendering: true,
    maxImageSize: MAX_IMAGE_PIXELS, canvasMaxAreaInBytes: MAX_PIXELS * 4,
  } as Parameters<typeof getDocument>[0])
  const close = () => {
    // It is told first; one that does not listen is ended all the same.
    void task.destroy().catch(() => {})
    port.terminate()
  }
  let file: PDFDocumentProxy
  try {
    file = await within(OPEN_MS, Promise.race([task.promise, failed]))
  }
  catch (error) {
    close()
    throw toPdfError(error)
  }

  /** Runs work on a page until it is done, no longer wanted, or has taken too long. */
  async function onPage<T>(signal: AbortSignal, work: () => Promise<T>, cancel: () => void): Promise<T> {
    signal.addEventListener('abort', cancel, { once: true })
    try {
      return await within(PAGE_MS, Promise.race([work(), failed]))
    }
    catch (error) {
      signal.throwIfAborted()
      cancel()
      throw toPdfError(error)
    }
    finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  return {
    close,
    draw(number, width, signal) {
      let cancel = () => {}
      return onPage(signal, async () => {
        const page = await file.getPage(number)
        signal.throwIfAborted()
        const whole = page.getViewport({ scale: 1 })
        const scale = Math.min(width / whole.width, Math.sqrt(MAX_PIXELS / (whole.width * whole.height)))
        const viewport = page.getViewport({ scale })
        const canvas = document.createElement('canvas')
        canvas.width = Math.max(1, Math.floor(viewport.width))
        canvas.height = Math.max(1, Math.floor(viewport.height))
        const drawing = page.render({ canvas, viewport })
        cancel = () => drawing.cancel()
        await drawing.promise
        page.cleanup()
        return { canvas, aspect: whole.width / whole.height }
      }, () => cancel())
    },
    layText(number, layer, signal) {
      let cancel = () => {}
      return onPage(signal, async () => {
        const page = await file.getPage(number)
        signal.throwIfAborted()
        const viewport = page.getViewport({ scale: 1 })
        const text = new TextLayer({ textContentSource: page.streamTextContent(), container: layer, viewport })
        cancel = () => text.cancel()
        await text.render()
        return { width: viewport.width }
      }, () => cancel())
    },
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new PdfError('slow')), ms)
  })
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** Names of pdf.js's exceptions: `ResponseException` is an answer of the server that is no file, and no answer is a TypeError. */
function toPdfError(error: unknown): PdfError {
  if (error instanceof PdfError) return error
  const { name, message } = error as Error
  const isFetch = name === 'ResponseException' || (name === 'UnknownErrorException' && /fetch|network/i.test(message)) || name === 'TypeError'
  return new PdfError(isFetch ? 'unreachable' : 'damaged', error)
}
