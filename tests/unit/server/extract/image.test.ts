import { describe, expect, test, vi } from 'vitest'
import { decodeBoxes } from '../../../../server/extract/boxes.ts'
import { createExtractor } from '../../../../server/extract/index.ts'
import type { Grey } from '../../../../server/extract/ocr/types.ts'
import { ENGLISH, ENTRY, OCR, outline, setUp } from './support/extract.ts'
import { column, makePdf, type PageSpec } from './support/pdf.ts'
import { jpeg, photograph, png, scannedPdf, tiff, turned } from './support/pictures.ts'

/** A page takes a second of one processor, and others may want it as well. */
vi.setConfig({ testTimeout: 120_000 })

const { extract, extractor, store } = await setUp()
const off = await setUp({}, null)

const LINES = ['Scott Joplin sold the Maple Leaf Rag to a shop keeper', 'in Sedalia for a royalty of one cent a copy, which', 'was then unheard of. It became the best known rag.']
const SENTENCE = 'Scott Joplin sold the Maple Leaf Rag to a shop keeper in Sedalia for a royalty of one cent a copy, which was then unheard of. It became the best known rag.\n\n'
const PAGE: PageSpec = { texts: column(72, 700, LINES, 14) }
const page = await photograph(PAGE)
/** The way a camera stores a page that has to be turned by so many quarters to be upright. */
const HELD: [orientation: number, quarters: number][] = [[1, 0], [8, 1], [3, 2], [6, 3]]

/** A picture in which nobody reads anything. */
const meadow: Grey = { width: 900, height: 600, pixels: Uint8Array.from({ length: 540_000 }, (_, at) => 128 + 90 * Math.sin(at / 900 / 40) * Math.cos(at % 900 / 55)) }

/** Where the word stands on its page: left, top, right, bottom in points. */
function placeOf({ pages: [first] }: Awaited<ReturnType<typeof extract>>, word: string): number[] {
  const boxes = decodeBoxes(first!.boxes!)
  const start = first!.text.indexOf(word)
  const at = Array.from({ length: word.length }, (_, index) => [...boxes.subarray(4 * (start + index), 4 * (start + index) + 4)])
  return [Math.min(...at.map(box => box[0]!)), Math.min(...at.map(box => box[1]!)), Math.max(...at.map(box => box[2]!)), Math.max(...at.map(box => box[3]!))]
}

describe('what is recognised', () => {
  test('stands where the original shows it, and the report says how it was read', async () => {
    const [printed, scanned] = [await extract(makePdf([{ width: 595, height: 842, ...PAGE }]), 'a.pdf'), await extract(scannedPdf([page]), 'b.pdf')]
    expect(scanned.text).toBe(SENTENCE)
    const [first] = scanned.pages
    expect(first!.flags).toContain('ocr')
    expect(first!.report).toMatchObject({ scanned: true, ocr: { languages: ['eng'] }, dropped: [] })
    expect(first!.report.ocr!.confidence).toBeGreaterThan(80)
    for (const word of ['Joplin', 'Sedalia', 'unheard']) {
      const [original, found] = [placeOf(printed, word), placeOf(scanned, word)]
      for (const side of [0, 1, 2, 3]) expect(Math.abs(original[side]! - found[side]!)).toBeLessThan(5)
    }
  })

  test.each(HELD)('a photograph held the way that EXIF calls %i', async (orientation, quarters) => {
    const document = await extract(jpeg(turned(page, quarters), orientation), 'photo.jpg')
    expect(document.text).toBe(SENTENCE)
    expect(document.pages[0]!.width! / document.pages[0]!.height!).toBeCloseTo(595 / 842, 1)
    expect(placeOf(document, 'Joplin')[1]).toBeLessThan(document.pages[0]!.height! / 4)
  })

  test('a scan that its PDF turns upright', async () => {
    const document = await extract(scannedPdf([turned(page, 3)], { rotate: 90 }), 'turned.pdf')
    expect(document.text).toBe(SENTENCE)
    expect(document.pages[0]!.width! / document.pages[0]!.height!).toBeCloseTo(595 / 842, 1)
  })

  test('a scan with a page number of its own, which the picture is read for', async () => {
    const document = await extract(scannedPdf([page], { text: '17' }), 'numbered.pdf')
    expect(document.text).toBe(SENTENCE)
  })

  test('the pages of a TIFF, packed or not', async () => {
    const second = await photograph({ texts: column(72, 700, ['Joseph Lamb lived in Brooklyn and met him in the shop.']) })
    const document = await extract(tiff([page, second], { compression: 8 }), 'fax.tif')
    expect(outline(document)).toEqual([`paragraph: ${SENTENCE.trim()}`, 'paragraph: Joseph Lamb lived in Brooklyn and met him in the shop.'])
  })

  test('only pages that need it', async () => {
    const heard: number[] = []
    const printed = makePdf([PAGE])
    for await (const _ of extractor.extract(await store(printed, 'printed.pdf'), new AbortController().signal, event => heard.push(event.recognising)).pages) continue
    expect(heard).toEqual([])
    for await (const _ of extractor.extract(await store(scannedPdf([page, page]), 'scan.pdf'), new AbortController().signal, event => heard.push(event.recognising, event.pages)).pages) continue
    expect(heard).toEqual([1, 2, 2, 2])
  })
})

describe('what is not', () => {
  const failed = (code: string, words: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(words) as string }) as Error

  test('says so where recognition is switched off', async () => {
    await expect(off.extract(scannedPdf([page]), 'scan.pdf')).rejects.toEqual(failed('scanned', /switched off/))
    await expect(off.extract(png(page), 'scan.png')).rejects.toEqual(failed('scanned', /switched off/))
  })

  test('is a picture without text', async () => {
    await expect(extract(png(meadow), 'meadow.png')).rejects.toEqual(failed('no_text', /picture/))
    await expect(extract(scannedPdf([meadow]), 'meadow.pdf')).rejects.toEqual(failed('scanned', /looks scanned/))
  })

  test('pages beyond the limit stay pictures, and the document has the others', async () => {
    const { extract } = await setUp({}, { ...OCR, pages: 1 })
    for (const document of [await extract(scannedPdf([page, page]), 'long.pdf'), await extract(tiff([page, page]), 'long.tif')]) {
      expect(document.text).toBe(SENTENCE)
      expect(document.pages[1]!.flags).toEqual(['empty', 'looks_scanned', 'recognition_limit'])
      expect(document.pages[1]!.report).toMatchObject({ scanned: true, ocr: null })
    }
  })

  test('pages that take too long are given up, and the next one is read by a new engine', async () => {
    const { extract } = await setUp({}, { ...OCR, pageSeconds: 0 })
    await expect(extract(scannedPdf([page, page]), 'slow.pdf')).rejects.toEqual(failed('scanned', /looks scanned/))
  })

  test('data of a language that has gone since the start is no fault of the document', async () => {
    const { extract } = await setUp({}, { languages: [{ code: 'eng', path: `${ENGLISH}.missing` }], pages: 3 })
    await expect(extract(png(page), 'page.png')).rejects.toMatchObject({ code: 'extractor_failed' })
  })

  test('ends at once when it is cancelled', async () => {
    const own = createExtractor({ entry: ENTRY, ocr: OCR })
    const cancelled = new AbortController()
    const { pages } = own.extract(await store(scannedPdf([page, page, page]), 'scan.pdf'), cancelled.signal, () => cancelled.abort(new Error('cancelled')))
    await expect(pages[Symbol.asyncIterator]().next()).rejects.toThrow('cancelled')
    await own.close()
  })
})

describe('hostile pictures', () => {
  test.each<[string, () => Buffer, string]>([
    ['a PNG that claims 100,000 by 100,000 pixels', () => png(page, { width: 100_000, height: 100_000 }), 'too_large'],
    ['a PNG of a few bytes that unpacks to 99 million pixels and more', () => png({ width: 10_500, height: 10_000, pixels: new Uint8Array(10_500 * 10_000) }), 'too_large'],
    ['a PNG whose pixels are cut off', () => png(page).subarray(0, 400), 'damaged_file'],
    ['a PNG of nothing but its head', () => png(page).subarray(0, 33), 'damaged_file'],
    ['a JPEG cut off in its head', () => jpeg(page).subarray(0, 150), 'damaged_file'],
    ['a JPEG cut off in the middle', () => jpeg(page).subarray(0, 20_000), 'damaged_file'],
    ['a JPEG that claims 20,000 by 20,000 pixels', () => {
      const file = jpeg(page)
      const frame = file.indexOf(Buffer.from([0xFF, 0xC0]))
      for (const at of [5, 7]) file.writeUInt16BE(20_000, frame + at)
      return file
    }, 'too_large'],
    ['a TIFF that claims 100,000 by 100,000 pixels', () => tiff([{ width: 100_000, height: 100_000, pixels: new Uint8Array(9) }]), 'too_large'],
    ['a TIFF whose strip unpacks to more than it says', () => tiff([{ width: 10, height: 10, pixels: new Uint8Array(20_000_000) }], { compression: 8 }), 'no_text'],
    ['a TIFF without any directory', () => Buffer.from('II*\0\0\0\0\0', 'latin1'), 'damaged_file'],
    ['a TIFF whose directory lies outside of it', () => Buffer.from('MM\0*\xFF\0\0\0', 'latin1'), 'damaged_file'],
  ])('%s', async (_, make, code) => {
    await expect(extract(make(), 'picture')).rejects.toMatchObject({ code })
  })

  test('a TIFF whose last page leads back to the first', async () => {
    const document = await extract(tiff([page], { loop: true }), 'loop.tif')
    expect(document.pages).toHaveLength(1)
    expect(document.text).toBe(SENTENCE)
  })
})
