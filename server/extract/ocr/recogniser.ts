import { Engine, OutOfTimeError, type PictureHeader } from './engine.ts'
import { MAX_RECOGNISED_PIXELS } from './limits.ts'
import { scannedText, type ScannedText } from './scan.ts'
import type { Grey, OcrSettings, Orientation, Scan, Unread } from './types.ts'

/** Reads pictures of text of one document, page after page, as many as are allowed. */
export class Recogniser {
  readonly #settings: OcrSettings
  #left: number
  #engine: Engine | null = null

  constructor(settings: OcrSettings) {
    this.#settings = settings
    this.#left = settings.pages
  }

  /** Whether another page may be recognised. */
  get ready(): boolean {
    return this.#left > 0
  }

  /** See Engine.decode: nothing larger than is recognised comes out. */
  async decode(bytes: Uint8Array, accept: (header: PictureHeader) => void): Promise<Grey & { dpi: number }> {
    return (await this.#start()).decode(bytes, MAX_RECOGNISED_PIXELS, accept)
  }

  /**
   * The text of a picture that shows a whole page.
   *
   * @param page its size as shown, in points
   */
  async read(picture: Grey, page: { width: number, height: number }, orientation: Orientation): Promise<ScannedText | { scan: Scan }> {
    if (this.#left <= 0) return unread('recognition_limit')
    this.#left--
    const engine = await this.#start()
    const upright = orientation < 5 ? picture.width : picture.height
    const scale = page.width / upright
    try {
      const lines = engine.recognise(picture, 72 / scale, orientation)
      return scannedText(lines, page, scale, this.#settings.languages.map(({ code }) => code)) ?? unread('illegible')
    }
    catch (error) {
      this.#engine = null
      if (error instanceof OutOfTimeError) return unread('recognition_timeout')
      throw error
    }
  }

  async #start(): Promise<Engine> {
    return this.#engine ??= await Engine.start(this.#settings)
  }
}

export function unread(why: Unread): { scan: Scan } {
  return { scan: { ocr: null, unsure: 0, unread: why } }
}
