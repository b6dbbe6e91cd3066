import { describe, expect, test } from 'vitest'
import { extractOds } from '../../../../server/extract/ods.ts'
import type { ExtractedPage } from '../../../../server/extract/types.ts'
import { makeOds, odsTable } from './support/sheets.ts'

async function read(bytes: Buffer) {
  const pages: ExtractedPage[] = []
  let title: string | null = null
  for await (const event of extractOds({ bytes, filename: 'a.ods', pageLimit: 30_000, hiddenText: 'exclude', ocr: null })) {
    if (event.type === 'page') pages.push(event.page)
    else if (event.type === 'document') title = event.title
  }
  const dropped: Record<string, number> = {}
  for (const { kind, count } of pages.flatMap(page => page.report.dropped)) dropped[kind] = (dropped[kind] ?? 0) + count
  return { title, pages, dropped, lines: pages.flatMap(page => page.text.split('\n').filter(Boolean)) }
}

const lines = async (...rows: (string[] | string)[]) => (await read(makeOds(odsTable('S', rows)))).lines.slice(1)
const row = (cells: string, attributes = '') => `<table:table-row ${attributes}>${cells}</table:table-row>`
const cell = (attributes: string, text = '') => `<table:table-cell ${attributes}>${text && `<text:p>${text}</text:p>`}</table:table-cell>`

describe('values', () => {
  test('are what the sheet shows, whole dates without a doubt about their order', async () => {
    expect(await lines(row([
      cell('office:value-type="float" office:value="1234.5"', '1,234.50'),
      cell('office:value-type="percentage" office:value="0.5"', '50%'),
      cell('office:value-type="currency" office:value="3"', '3.00 €'),
      cell('office:value-type="date" office:date-value="1899-09-18"', '09/18/99'),
      cell('office:value-type="date" office:date-value="1899-09-18T14:30:00"', '18.09.1899 14:30'),
      cell('office:value-type="date" office:date-value="1899-09-18"', 'September 1899'),
      cell('office:value-type="time" office:time-value="PT14H30M00S"', '14:30'),
      cell('office:value-type="boolean" office:boolean-value="true"'),
      cell('office:value-type="float" office:value="7"'),
      cell('office:value-type="string"', 'a<text:s text:c="3"/>b<text:tab/>c</text:p><text:p>d <text:span>e</text:span>'),
    ].join('')))).toEqual(['Row 1 | A: 1,234.50 | B: 50% | C: 3.00 € | D: 1899-09-18 | E: 1899-09-18 14:30 | F: September 1899 | G: 14:30 | H: TRUE | I: 7 | J: a b c d e'])
  })

  test('formulas, remarks and drawings are counted, and their text is none of the cell', async () => {
    const { lines: found, dropped } = await read(makeOds(odsTable('S', [
      row(cell('table:formula="of:=1+1" office:value-type="float" office:value="2"', '2') + cell('table:formula="of:=X"')
        + '<table:table-cell office:value-type="string"><office:annotation><dc:creator>A</dc:creator><text:p>remark</text:p></office:annotation><text:p>text</text:p><draw:frame><draw:text-box><text:p>box</text:p></draw:text-box></draw:frame></table:table-cell>'),
    ])))
    expect(found).toEqual(['S', 'Row 1 | A: 2 | C: text'])
    expect(dropped).toEqual({ formula: 1, formula_without_value: 1, comment: 1, drawing: 1 })
  })
})

describe('places', () => {
  test('repeated rows and cells stand where they stand, empty ones cost nothing', async () => {
    expect(await lines(
      row(cell('')), row(cell(''), 'table:number-rows-repeated="1000"'), row(cell('table:number-columns-repeated="2"') + cell('office:value-type="float" table:number-columns-repeated="3"', '7')),
      row(cell('office:value-type="string"', 'x') + cell('office:value-type="float"', '1'), 'table:number-rows-repeated="2"'),
    )).toEqual(['Row 1002 | C: 7 | D: 7 | E: 7', 'Row 1003 | A: x | B: 1', 'Row 1004 | A: x | B: 1'])
  })

  test('names of columns, merged cells and cells that they cover', async () => {
    expect(await lines(
      ['Country', 'City', 'Copies'],
      row(cell('office:value-type="string" table:number-rows-spanned="2"', 'France') + cell('office:value-type="string"', 'Lyon') + cell('office:value-type="float"', '3')),
      row('<table:covered-table-cell/>' + cell('office:value-type="string"', 'Paris') + cell('office:value-type="float"', '4')),
    )).toEqual(['Row 1 | Country | City | Copies', 'Row 2 | Country: France | City: Lyon | Copies: 3', 'Row 3 | Country: France | City: Paris | Copies: 4'])
  })

  test('hidden sheets, rows and columns go to the report', async () => {
    const { pages, lines: found } = await read(makeOds(
      odsTable('Secret', [['omega']], 'table:style-name="ta2"')
      + odsTable('S', ['<table:table-column/><table:table-column table:visibility="collapse"/>', ['a', 'b', 'c'], row(cell('office:value-type="string"', 'ghost'), 'table:visibility="filter"')]),
      { styles: '<style:style style:name="ta1"><style:table-properties table:display="true"/></style:style><style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>' },
    ))
    expect(found).toEqual(['S', 'Row 1 | A: a | C: c'])
    expect(pages[0]!.report.hidden.map(({ text }) => text)).toEqual(['Secret: A1: omega', 'B1: b', 'A2: ghost'])
  })

  test('sheets have their names, the document its title', async () => {
    const { title, pages } = await read(makeOds(odsTable('One', [['a']]) + odsTable('Two', [['b']]), { title: 'Sales' }))
    expect(title).toBe('Sales')
    expect(pages.map(({ label, text }) => [label, text])).toEqual([['One', 'One\n\na\n\n'], ['Two', 'Two\n\nb\n\n']])
  })
})

describe('hostile spreadsheets', () => {
  test.each<[string, string, Record<string, number>]>([
    ['rows', row(cell('office:value-type="string"', 'x') + cell('office:value-type="float"', '1'), 'table:number-rows-repeated="1048576"'), { repeated_row: 1 }],
    ['cells', row(cell('office:value-type="float" table:number-columns-repeated="1048576"', '1')), { repeated_cell: 1 }],
  ])('a million repeated %s', async (_, xml, expected) => {
    const { dropped, pages } = await read(makeOds(odsTable('S', [xml])))
    expect(dropped).toEqual(expected)
    expect(pages.length).toBeGreaterThan(1)
  })

  test('a million repeated cells in each of many rows, and rows of them', { timeout: 60_000 }, async () => {
    const wide = row(cell('office:value-type="float" table:number-columns-repeated="16384"', '1'), 'table:number-rows-repeated="1048576"')
    await expect(read(makeOds(odsTable('S', Array.from({ length: 5 }, () => wide))))).rejects.toMatchObject({ code: expect.stringMatching(/^too_(?:complex|large)$/) as string })
    const cells = row(cell('office:value-type="float" table:number-columns-repeated="999"', '1').repeat(16))
    await expect(read(makeOds(odsTable('S', Array.from({ length: 300 }, () => cells))))).rejects.toMatchObject({ code: expect.stringMatching(/^too_(?:complex|large)$/) as string })
  })

  test('an empty, an encrypted, a cut one and one without content', async () => {
    await expect(read(makeOds(odsTable('S', [])))).rejects.toMatchObject({ code: 'no_text' })
    await expect(read(makeOds('', { parts: { 'META-INF/manifest.xml': '<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>' } }))).rejects.toMatchObject({ code: 'encrypted_file' })
    const whole = makeOds(odsTable('S', [['a']]))
    await expect(read(whole.subarray(0, whole.length - 30))).rejects.toMatchObject({ code: 'damaged_file' })
    await expect(read(makeOds('', { parts: { 'content.xml': '' } }))).rejects.toMatchObject({ code: 'no_text' })
  })
})
