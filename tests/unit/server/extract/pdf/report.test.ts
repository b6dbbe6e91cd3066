import { expect, test } from 'vitest'
import { setUp } from '../support/extract.ts'
import { column, makePdf, type Placed } from '../support/pdf.ts'

const { extract } = await setUp()

const LINES = ['Ragtime was born in the bars and brothels of the Midwest, and the syncopa-', 'ted hand plays off the beat. The syncopated hand is the right one.']

test('tells what was mended and what was left out', async () => {
  const page = (number: number): Placed[] => [
    { x: 60, y: 770, text: 'A History of Ragtime', size: 8 }, ...column(60, 500, LINES), { x: 300, y: 30, text: String(number), size: 9 },
  ]
  const turned = 'BT /F1 8 Tf 0 1 -1 0 20 300 Tm (Stamp) Tj ET'
  const content = (number: number) => `${page(number).map(({ x, y, text, size = 10 }) => `BT /F1 ${size} Tf 1 0 0 1 ${x} ${y} Tm (${text}) Tj ET`).join('\n')}
${turned} q 50 0 0 50 400 400 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q`
  const document = await extract(makePdf([1, 2, 3].map(number => ({ content: content(number) }))), 'a.pdf')
  for (const { report, text } of document.pages) {
    expect(report).toMatchObject({
      characters: text.length, scanned: false, ocr: null, tables: 0, hidden: [],
      repairs: [{ kind: 'hyphenation', count: 1 }],
      dropped: [{ kind: 'header_footer', count: 2 }, { kind: 'image', count: 1 }, { kind: 'turned_text', count: 5 }],
    })
    expect(report.coverage).toBeGreaterThan(0.01)
    expect(report.coverage).toBeLessThan(0.03)
  }
})

test('counts tables, and a page without text as such', async () => {
  const rows = [['Title', 'Year', 'Copies'], ['Maple Leaf Rag', '1899', '400'], ['The Entertainer', '1902', '250']]
  const texts = [700, 400].flatMap(top => rows.flatMap((row, index) => row.map((text, at) => ({ x: [60, 200, 300][at]!, y: top - 14 * index, text }))))
  const prose = { x: 60, y: 550, text: 'Between the two tables stands a line of prose that is long enough.' }
  const document = await extract(makePdf([{ texts: [...texts.slice(0, 9), prose, ...texts.slice(9)] }, {}]), 'a.pdf')
  expect(document.pages.map(({ report }) => report.tables)).toEqual([2, 0])
  expect(document.pages[1]!.report).toEqual({ characters: 0, coverage: 0, scanned: false, ocr: null, tables: 0, hidden: [], repairs: [], dropped: [] })
})
