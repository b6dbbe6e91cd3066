import { ExtractFailure } from './failures.ts'
import type { FormatEvent, Source } from './format.ts'
import { UnreadablePictureError, type PictureHeader } from './ocr/engine.ts'
import { jpegOrientation, tiffOrientation } from './ocr/picture.ts'
import { Recogniser, unread } from './ocr/recogniser.ts'
import { directoriesOf, openTiff, picturesOf } from './ocr/tiff.ts'
import type { Grey, OcrSettings, Orientation } from './ocr/types.ts'
import { PageLayout, type PageReader, type ScanReader } from './pdf.ts'
import type { PageGlyphs } from './pdf/glyphs.ts'

/** No picture that is decoded has more, whatever memory there is. */
const MAX_PIXELS = 100_000_000
/** Resolutions that scanners and cameras really mean; 72 and 96 stand for "not known". */
const KNOWN_DPI = { least: 100, most: 1200 }
/** The longer side of a page whose resolution is not known, in inches: A4. */
const LONG_SIDE = 11.7
/** A JPEG, a PNG, or one picture of a TIFF, in strips from top to bottom. */
interface Picture { parts: () => Buffer[] | null, orientation: Orientation }

/** PNG, JPEG and TIFF: the text that is recognised in them. Each picture of a TIFF is a page. */
export async function* extractImage({ bytes, pageLimit, ocr }: Source): AsyncGenerator<FormatEvent> {
  if (!ocr) throw new ExtractFailure('picture_unread')
  const pictures = picturesIn(bytes, ocr, pageLimit)
  const reader = new ImageReader(pictures, ocr)
  let found = false
  let announced = false
  for await (const event of new PageLayout(reader, pictures.length, reader).pages()) {
    if (event.type === 'recognising') {
      yield event
      continue
    }
    if (!announced) {
      yield { type: 'document', pages: pictures.length, title: event.largest }
      announced = true
    }
    if (event.page.text) found = true
    yield { type: 'page', page: event.page }
  }
  if (!found) throw new ExtractFailure(reader.readable === 0 ? 'damaged_file' : 'picture_without_text')
}

function picturesIn(bytes: Buffer, ocr: OcrSettings, pageLimit: number): Picture[] {
  const tiff = openTiff(bytes)
  if (!tiff) return [{ parts: () => [bytes], orientation: jpegOrientation(bytes) }]
  const pictures: Picture[] = []
  for (const fields of directoriesOf(tiff)) {
    if (pictures.length >= pageLimit) throw new ExtractFailure('too_many_pages')
    pictures.push({ parts: () => picturesOf(tiff, fields, ocr.pictureBytes), orientation: tiffOrientation(tiff, fields) })
  }
  if (pictures.length === 0) throw new ExtractFailure('damaged_file')
  return pictures
}

/** Decodes one picture after the other and has it read. */
class ImageReader implements PageReader, ScanReader {
  readonly #pictures: Picture[]
  readonly #recogniser: Recogniser
  readonly #pictureBytes: number
  /** Pictures that could be decoded. */
  readable = 0

  constructor(pictures: Picture[], ocr: OcrSettings) {
    this.#pictures = pictures
    this.#pictureBytes = ocr.pictureBytes
    this.#recogniser = new Recogniser(ocr)
  }

  get ready(): boolean {
    return this.#recogniser.ready
  }

  wants(): boolean {
    return true
  }

  /** A page without text; its size is known when it has been decoded. */
  read(): PageGlyphs {
    return { width: 0, height: 0, turn: 0, mirrored: false, slanted: false, glyphs: [], imageShare: 1, images: 1, recognised: false, hidden: [], asides: [], turned: 0, unmapped: 0, accents: 0, truncated: false }
  }

  async recognise(index: number, page: PageGlyphs): Promise<PageGlyphs | null> {
    if (!this.ready) return { ...page, ...unread('recognition_limit') }
    const { parts, orientation } = this.#pictures[index]!
    const picture = await this.#decode(parts() ?? [])
    if (!picture) return null
    this.readable++
    const [across, down] = orientation < 5 ? [picture.width, picture.height] : [picture.height, picture.width]
    const dpi = picture.dpi >= KNOWN_DPI.least && picture.dpi <= KNOWN_DPI.most ? picture.dpi : Math.max(across, down) / LONG_SIDE
    const size = { width: across * 72 / dpi, height: down * 72 / dpi }
    return { ...page, ...size, ...await this.#recogniser.read(picture, size, orientation) }
  }

  /** Null when there is nothing that can be decoded. Throws ExtractFailure when there would be too much. */
  async #decode(parts: Buffer[]): Promise<Grey & { dpi: number } | null> {
    let left = Math.min(MAX_PIXELS, this.#pictureBytes)
    const accept = ({ width, height, bitsPerSample, samples }: PictureHeader) => {
      const bytes = width * height * (samples > 1 ? 4 : bitsPerSample / 8)
      left -= Math.max(bytes, width * height * this.#pictureBytes / MAX_PIXELS)
      if (!(left > 0)) throw new ExtractFailure('picture_too_large')
    }
    const decoded: (Grey & { dpi: number })[] = []
    try {
      for (const part of parts) decoded.push(await this.#recogniser.decode(part, accept))
    }
    catch (error) {
      if (!(error instanceof UnreadablePictureError)) throw error
    }
    return decoded.length > 1 ? stacked(decoded) : decoded[0] ?? null
  }
}

/** Strips of one width as one picture. What cannot be decoded ends it, as a file that is cut off does. */
function stacked(strips: (Grey & { dpi: number })[]): Grey & { dpi: number } {
  const { width, dpi } = strips[0]!
  const fitting = strips.filter(strip => strip.width === width)
  const pixels = Buffer.concat(fitting.map(strip => strip.pixels))
  return { width, height: pixels.length / width, pixels, dpi }
}
