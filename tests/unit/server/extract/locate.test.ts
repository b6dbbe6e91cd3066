import { describe, expect, it } from 'vitest'
import { documentBoxesSchema } from '../../../../shared/schemas/documents.ts'
import { decodeBoxes, encodeBoxes } from '../../../../server/extract/boxes.ts'
import { locateRange, type PlacedPage } from '../../../../server/extract/locate.ts'
import { column, makePdf } from './support/pdf.ts'
import { setUp } from './support/extract.ts'

const { extract } = await setUp()

async function placed(bytes: Buffer): Promise<{ pages: PlacedPage[], locate: (quote: string) => ReturnType<typeof locateRange> }> {
  const { pages, text } = await extract(bytes, 'placed.pdf')
  let at = 0
  const known = pages.map(page => ({ ...page, start: at, end: at += page.text.length }))
  const locate = (quote: string) => {
    const start = text.indexOf(quote)
    expect(start).toBeGreaterThanOrEqual(0)
    return locateRange(known.filter(page => page.end > start && page.start < start + quote.length), start, start + quote.length)
  }
  return { pages: known, locate }
}

const LEFT = ['In the first column a pianist plays', 'the rag that everyone knows, and', 'nobody has to be asked twice for', 'the tune that Sedalia danced to.']
const RIGHT = ['The second column speaks of New', 'York, where the publishers had', 'moved by then, and of the songs', 'that were sold there by the sheet.']

describe('a sentence is located', () => {
  it('line by line, in its own column', async () => {
    const { locate } = await placed(makePdf([{ texts: [...column(60, 700, LEFT), ...column(330, 700, RIGHT)] }]))
    const { located, pages: [page] } = locate('The second column speaks of New York, where the publishers had moved by then')
    expect(located).toBe(true)
    expect(page!.boxes).toHaveLength(3)
    for (const [x0, y0, x1, y1] of page!.boxes) {
      expect(x0).toBeGreaterThanOrEqual(329)
      expect(x1).toBeLessThan(552)
      expect(y1 - y0).toBeLessThan(16)
    }
    // Baselines at 700, 688, 676 from the foot of a page of 792 points.
    expect(page!.boxes.map(([, y0, , y1]) => [92, 104, 116].findIndex(base => y0 < base && base <= y1))).toEqual([0, 1, 2])
  })

  it('where a word is divided at the end of a line', async () => {
    const { locate } = await placed(makePdf([{ texts: column(60, 700, ['Every visitor of the exhi-', 'bition heard it, and the exhibition was', 'large enough for many of them.']) }]))
    const { located, pages } = locate('Every visitor of the exhibition heard it')
    expect(located).toBe(true)
    expect(pages[0]!.boxes).toHaveLength(2)
  })

  it.each([90, 180, 270])('on a page that is turned by %i°, inside of the page as it is shown', async (rotate) => {
    const { locate } = await placed(makePdf([{ rotate, texts: column(60, 700, LEFT) }]))
    const { located, pages: [page] } = locate('the rag that everyone knows')
    expect(located).toBe(true)
    expect([page!.width, page!.height]).toEqual(rotate === 180 ? [612, 792] : [792, 612])
    const [[x0, y0, x1, y1]] = page!.boxes as [[number, number, number, number]]
    expect(page!.boxes).toHaveLength(1)
    // The words run along the line, whichever way that lies now.
    expect(rotate === 180 ? x1 - x0 : y1 - y0).toBeGreaterThan(100)
    expect(rotate === 180 ? y1 - y0 : x1 - x0).toBeLessThan(16)
  })

  it('on both pages that it runs over', async () => {
    const { locate } = await placed(makePdf([{ texts: column(60, 700, LEFT.slice(0, 2)) }, { texts: column(60, 700, LEFT.slice(2)) }]))
    const found = documentBoxesSchema.parse(locate('the rag that everyone knows, and\n\nnobody has to be asked twice'))
    expect(found.located).toBe(true)
    expect(found.pages.map(({ number, boxes }) => [number, boxes.length])).toEqual([[1, 1], [2, 1]])
  })
})

describe('nothing is boxed', () => {
  it('on any page when one of them lacks a place', async () => {
    const { pages } = await placed(makePdf([{ texts: column(60, 700, LEFT.slice(0, 2)) }, { texts: column(60, 700, LEFT.slice(2)) }]))
    const boxes = decodeBoxes(pages[1]!.boxes!).fill(0, 8, 12)
    const broken = [pages[0]!, { ...pages[1]!, boxes: encodeBoxes(boxes) }]
    const found = locateRange(broken, 0, pages[1]!.end)
    expect(found).toEqual({ located: false, pages: [{ number: 1, width: 612, height: 792, boxes: [] }, { number: 2, width: 612, height: 792, boxes: [] }] })
    expect(locateRange(broken.slice(0, 1), 0, pages[0]!.end).located).toBe(true)
  })

  it('of a format without places, and of a range that holds no text', () => {
    const page = { number: 1, start: 0, end: 8, text: 'Words.\n\n', width: null, height: null, boxes: null }
    expect(locateRange([page], 0, 6)).toEqual({ located: false, pages: [{ number: 1, width: null, height: null, boxes: [] }] })
    expect(locateRange([page], 6, 8)).toEqual({ located: false, pages: [] })
    expect(locateRange([], 100, 108)).toEqual({ located: false, pages: [] })
  })
})
