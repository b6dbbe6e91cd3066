import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { gunzipSync } from 'node:zlib'
// @ts-expect-error -- the package comes without types: TesseractModule has what is used of it
import createTesseract from 'tesseract.js-core/tesseract-core-simd-lstm.js'
import { MAX_LANGUAGE_BYTES } from './limits.ts'
import { greyOf, type PixMemory } from './pix.ts'
import type { Grey, OcrSettings, Orientation, RecognisedLine } from './types.ts'

/** Levels of the result, and what is asked of the engine (tesseract/publictypes.h). */
const LINE = 2
const PARAGRAPH = 1
const WORD = 3
const LSTM_ONLY = 1
const FIND_LAYOUT = 3
const NO_MORE = 0

interface ResultIterator {
  Begin: () => void
  Next: (level: number) => number | boolean
  IsAtBeginningOf: (level: number) => number | boolean
  GetUTF8Text: (level: number) => string
  Confidence: (level: number) => number
  getBoundingBox: (level: number) => { x0: number, y0: number, x1: number, y1: number }
  getBaseline: (level: number) => { x0: number, y0: number, x1: number, y1: number }
  getRowAttributes: () => { row_height: number }
}

interface TessBaseApi {
  Init: (folder: string, languages: string, mode: number) => number
  SetVariable: (name: string, value: string) => number
  SetPageSegMode: (mode: number) => void
  SetImage: (pixels: number, width: number, height: number, bytesPerPixel: number, bytesPerLine: number, orientation: number, angle: number) => void
  SetSourceResolution: (dpi: number) => void
  Recognize: (monitor: null) => number
  GetIterator: () => ResultIterator
  Clear: () => void
}

/** What Emscripten and the package's own bindings put on the module. */
export interface TesseractModule {
  FS: { writeFile: (path: string, bytes: Uint8Array) => void, unlink: (path: string) => void }
  TessBaseAPI: new () => TessBaseApi
  Pix: unknown
  wrapPointer: (pointer: number, type: unknown) => PixMemory['pix']
  getPointer: (object: unknown) => number
  destroy: (object: unknown) => void
  _malloc: (bytes: number) => number
  _free: (pointer: number) => void
  _pixReadMem: (pointer: number, bytes: number) => number
  _pixReadHeaderMem: (pointer: number, bytes: number, ...results: number[]) => number
  _pixDestroy: (pointer: number) => void
}

/** Recognition of one page took too long. The engine is in no state to go on with and has to be started anew. */
export class OutOfTimeError extends Error {}

/** A picture that the engine's decoders do not know or cannot decode. */
export class UnreadablePictureError extends Error {}

/** What a picture says of itself, before anything is decoded. */
export interface PictureHeader { width: number, height: number, bitsPerSample: number, samples: number }

/** Tesseract (Apache-2.0) as WebAssembly, in this process: nothing is fetched, and no thread is started. */
export class Engine {
  readonly #module: TesseractModule
  readonly #memory: WebAssembly.Memory
  readonly #clock: { deadline: number }
  readonly #settings: OcrSettings
  #api: TessBaseApi | null = null

  private constructor(module: TesseractModule, memory: WebAssembly.Memory, clock: { deadline: number }, settings: OcrSettings) {
    this.#module = module
    this.#memory = memory
    this.#clock = clock
    this.#settings = settings
  }

  static async start(settings: OcrSettings): Promise<Engine> {
    // A page is seconds of arithmetic: worth V8's last compiler, which this program goes without otherwise.
    setFlagsFromString('--turbofan')
    const clock = { deadline: Infinity }
    let memory: WebAssembly.Memory | undefined
    const module = await createTesseract({
      instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void) {
        void WebAssembly.instantiate(wasmBinary(), imports).then(({ instance, module }) => {
          memory = Object.values(instance.exports).find(value => value instanceof WebAssembly.Memory)
          done(instance, module)
        })
      },
      print() {},
      printErr() {},
      // Called from within the recognition, about a hundred times a page: the one place where it can be left.
      TesseractProgress() {
        if (cpuSeconds() > clock.deadline) throw new OutOfTimeError()
      },
    }) as TesseractModule
    return new Engine(module, memory!, clock, settings)
  }

  /**
   * Decodes a PNG, a JPEG or the first page of a TIFF. `accept` hears what the file says of itself and throws if that is
   * too much. Pictures with more than `maxPixels` are reduced.
   *
   * @throws UnreadablePictureError
   */
  decode(bytes: Uint8Array, maxPixels: number, accept: (header: PictureHeader) => void): Grey & { dpi: number } {
    const { _malloc, _free, _pixReadMem, _pixReadHeaderMem, _pixDestroy, wrapPointer, Pix } = this.#module
    const source = this.#copyIn(bytes)
    const scratch = _malloc(32)
    try {
      const failed = _pixReadHeaderMem(source, bytes.length, ...[0, 4, 8, 12, 16, 20].map(offset => scratch + offset))
      if (failed) throw new UnreadablePictureError()
      const [, width, height, bitsPerSample, samples] = new Int32Array(this.#memory.buffer, scratch, 5)
      accept({ width: width!, height: height!, bitsPerSample: bitsPerSample!, samples: samples! })
      const pointer = _pixReadMem(source, bytes.length)
      if (!pointer) throw new UnreadablePictureError()
      const grey = greyOf({ pix: wrapPointer(pointer, Pix), memory: this.#memory, getPointer: this.#module.getPointer }, maxPixels)
      new Int32Array(this.#memory.buffer, scratch, 1)[0] = pointer
      _pixDestroy(scratch)
      return grey
    }
    finally {
      _free(scratch)
      _free(source)
    }
  }

  /**
   * The lines of text in a picture, in the order of reading.
   *
   * @param dpi pixels an inch
   * @throws OutOfTimeError after as much processor time as a page may take; the engine must not be used again then
   */
  recognise({ pixels, width, height }: Grey, dpi: number, orientation: Orientation): RecognisedLine[] {
    const api = this.#api ??= this.#init()
    const image = this.#copyIn(pixels)
    // The engine makes a copy of its own.
    api.SetImage(image, width, height, 1, width, orientation, 0)
    this.#module._free(image)
    api.SetSourceResolution(Math.round(dpi))
    this.#clock.deadline = cpuSeconds() + this.#settings.pageSeconds
    try {
      if (api.Recognize(null) !== 0) return []
      return this.#lines(api.GetIterator())
    }
    finally {
      this.#clock.deadline = Infinity
      api.Clear()
    }
  }

  #init(): TessBaseApi {
    const { FS, TessBaseAPI } = this.#module
    const { languages } = this.#settings
    for (const { code, path } of languages) FS.writeFile(`/${code}.traineddata`, languageData(path))
    const api = new TessBaseAPI()
    if (api.Init('/', languages.map(({ code }) => code).join('+'), LSTM_ONLY) !== 0) throw new Error('The data for text recognition could not be read')
    for (const { code } of languages) FS.unlink(`/${code}.traineddata`)
    api.SetPageSegMode(FIND_LAYOUT)
    return api
  }

  #lines(result: ResultIterator): RecognisedLine[] {
    // Without any text there is no result to walk over.
    if (this.#module.getPointer(result) === NO_MORE) return []
    const lines: RecognisedLine[] = []
    let paragraph = 0
    result.Begin()
    do {
      const text = result.GetUTF8Text(WORD)
      if (!text) continue
      if (result.IsAtBeginningOf(PARAGRAPH)) paragraph++
      if (lines.length === 0 || result.IsAtBeginningOf(LINE)) {
        const { x0, y0, x1, y1 } = result.getBaseline(LINE)
        lines.push({ words: [], baseline: { x0, y0, x1, y1 }, height: result.getRowAttributes().row_height, paragraph })
      }
      lines.at(-1)!.words.push({ text, confidence: result.Confidence(WORD), ...result.getBoundingBox(WORD) })
    } while (result.Next(WORD))
    this.#module.destroy(result)
    return lines
  }

  #copyIn(bytes: Uint8Array): number {
    const pointer = this.#module._malloc(bytes.length)
    if (!pointer) throw new RangeError('There is no memory for a picture')
    new Uint8Array(this.#memory.buffer, pointer, bytes.length).set(bytes)
    return pointer
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function languageData(path: string): Buffer {
  const bytes = readFileSync(path)
  return path.endsWith('.gz') ? gunzipSync(bytes, { maxOutputLength: MAX_LANGUAGE_BYTES }) : bytes
}

/** Beside the bundled program, or in the package it comes with. */
function wasmBinary(): Buffer<ArrayBuffer> {
  try {
    return readFileSync(new URL('./tesseract.wasm', import.meta.url))
  }
  catch {
    return readFileSync(fileURLToPath(import.meta.resolve('tesseract.js-core/tesseract-core-simd-lstm.wasm')))
  }
}
