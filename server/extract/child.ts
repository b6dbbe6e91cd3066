/**
 * The sandboxed reader: gets documents on standard input, writes their pages as lines of JSON to standard output.
 *
 * It runs with an empty environment, may read nothing but its own code, and is killed when it takes too much. Each
 * document comes as one line of JSON (`Request`) followed by as many bytes as it says; the answer ends with `end` or
 * `error`. When the input ends, so does the program.
 */
import { setFlagsFromString } from 'node:v8'
import type { MediaType } from '../../shared/utils/media-types.ts'
import { ExtractFailure, type FailureCode } from './failures.ts'
import type { Format, HiddenText } from './format.ts'
import { MAX_LINE_BYTES, MAX_PAGE_BLOCKS } from './limits.ts'
import type { OcrSettings } from './ocr/types.ts'
import { goOffline } from './offline.ts'
import type { ExtractorLine } from './types.ts'

/** The line before a document's bytes. */
export interface Request { mediaType: MediaType, filename: string, bytes: number, pageLimit: number, hiddenText: HiddenText, ocr: OcrSettings | null }

/** A reader is loaded when its format comes: what the others bring along takes longer to compile than a page to read. */
const FORMATS: Record<MediaType, () => Promise<Format>> = {
  'application/pdf': async () => (await import('./pdf.ts')).extractPdf,
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': async () => (await import('./docx.ts')).extractDocx,
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': async () => (await import('./pptx.ts')).extractPptx,
  'application/vnd.oasis.opendocument.text': async () => (await import('./odt.ts')).extractOdt,
  'application/vnd.oasis.opendocument.presentation': async () => (await import('./odp.ts')).extractOdp,
  'application/rtf': async () => (await import('./rtf.ts')).extractRtf,
  'text/html': async () => (await import('./html.ts')).extractHtml,
  'application/epub+zip': async () => (await import('./epub.ts')).extractEpub,
  'message/rfc822': async () => (await import('./mail.ts')).extractMail,
  'application/mbox': async () => (await import('./mail.ts')).extractMailbox,
  'text/markdown': async () => (await import('./markdown.ts')).extractMarkdown,
  'text/plain': async () => (await import('./text.ts')).extractText,
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': async () => (await import('./xlsx.ts')).extractXlsx,
  'application/vnd.oasis.opendocument.spreadsheet': async () => (await import('./ods.ts')).extractOds,
  'text/csv': async () => (await import('./csv.ts')).extractCsv,
  'text/tab-separated-values': async () => (await import('./csv.ts')).extractCsv,
  'image/png': async () => (await import('./image.ts')).extractImage,
  'image/jpeg': async () => (await import('./image.ts')).extractImage,
  'image/tiff': async () => (await import('./image.ts')).extractImage,
}

const NEWLINE = 0x0A
/** The parent starts this program without V8's last compiler, which pays only over some hundred pages (see process.ts). */
const PAGES_WORTH_OPTIMISING = 100

let pagesRead = 0

async function main(): Promise<void> {
  goOffline()
  const input = new Input(process.stdin)
  for (let line = await input.line(); line !== null; line = await input.line()) {
    const request = JSON.parse(line) as Request
    const bytes = await input.bytes(request.bytes)
    await answer(request, bytes)
  }
}

async function answer({ mediaType, filename, pageLimit, hiddenText, ocr }: Request, bytes: Buffer): Promise<void> {
  let pages = 0
  try {
    const read = await FORMATS[mediaType]()
    for await (const event of read({ bytes, filename, pageLimit, hiddenText, ocr })) {
      if (event.type !== 'page') {
        await write(event)
      }
      else {
        pages++
        if (++pagesRead === PAGES_WORTH_OPTIMISING) setFlagsFromString('--turbofan')
        const { boxes, ...page } = event.page
        await write({ type: 'page', ...page, boxes: boxes && Buffer.from(boxes.buffer, boxes.byteOffset, boxes.byteLength).toString('base64') })
      }
    }
    await write({ type: 'end', pages })
  }
  catch (error) {
    await write({ type: 'error', code: codeOf(error), message: describe(error) })
  }
}

function codeOf(error: unknown): FailureCode {
  if (error instanceof ExtractFailure) return error.code
  // Stack or array limits of the runtime, and WebAssembly that ran out of memory or aborted.
  if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) return 'too_complex'
  return 'extractor_failed'
}

/** For the parent's log. Carries no text of the document: parsers quote their input in messages. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return `${error.name} ${/\n\s+at (.{0,200})/.exec(error.stack ?? '')?.[1] ?? ''}`
}

async function write(line: ExtractorLine): Promise<void> {
  const text = `${JSON.stringify(line)}\n`
  if (line.type === 'page' && (line.blocks.length > MAX_PAGE_BLOCKS || Buffer.byteLength(text) > MAX_LINE_BYTES)) throw new ExtractFailure('too_complex')
  if (process.stdout.write(text)) return
  await new Promise<void>(resolve => process.stdout.once('drain', resolve))
}

/** Lines and counted bytes, in turn, from one stream. */
class Input {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  async line(): Promise<string | null> {
    let end = this.#rest.indexOf(NEWLINE)
    while (end < 0) {
      const chunk = await this.#chunks.next()
      if (chunk.done) return null
      this.#rest = Buffer.concat([this.#rest, chunk.value])
      end = this.#rest.indexOf(NEWLINE)
    }
    const line = this.#rest.toString('utf8', 0, end)
    this.#rest = this.#rest.subarray(end + 1)
    return line
  }

  async bytes(count: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(count)
    let filled = 0
    for (;;) {
      const part = this.#rest.subarray(0, count - filled)
      part.copy(bytes, filled)
      filled += part.length
      this.#rest = this.#rest.subarray(part.length)
      if (filled === count) return bytes
      const chunk = await this.#chunks.next()
      if (chunk.done) throw new Error('The document ended early')
      this.#rest = chunk.value
    }
  }
}

await main()
