import { describe, expect, test } from 'vitest'
import type { HiddenText } from '../../../../server/extract/format.ts'
import { extractXlsx } from '../../../../server/extract/xlsx.ts'
import type { ExtractedPage } from '../../../../server/extract/types.ts'
import { makeXlsx, rowsXml, type XlsxOptions, type XlsxSheet } from './support/sheets.ts'

async function read(bytes: Buffer, hiddenText: HiddenText = 'exclude') {
  const pages: ExtractedPage[] = []
  let title: string | null = null
  for await (const event of extractXlsx({ bytes, filename: 'a.xlsx', pageLimit: 30_000, hiddenText, ocr: null })) {
    if (event.type === 'page') pages.push(event.page)
    else if (event.type === 'document') title = event.title
  }
  return { title, pages, text: pages.map(page => page.text).join(''), lines: pages.flatMap(page => page.text.split('\n').filter(Boolean)) }
}

/** The lines of one sheet, without its name. */
async function lines(xml: string, options: XlsxOptions = {}, sheet: Partial<XlsxSheet> = {}): Promise<string[]> {
  return (await read(makeXlsx([{ name: 'S', xml, ...sheet }], options))).lines.slice(1)
}

const row = (...cells: string[]) => `<sheetData><row r="1">${cells.join('')}</row></sheetData>`

describe('values', () => {
  test('shared strings: plain, in runs, without how they are read aloud, with escaped signs', async () => {
    const strings = '<si><t>Maple &amp; Leaf</t></si><si><r><rPr><b/></rPr><t>Scott </t></r><r><t xml:space="preserve">Joplin</t></r></si>'
      + '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/></si><si><t>two_x000D__x000A_lines _x005F_x0041_</t></si>'
    const cells = [0, 1, 2, 3].map(index => `<c r="${'ABCD'[index]}1" t="s"><v>${index}</v></c>`)
    expect(await lines(row(...cells), { strings })).toEqual(['Row 1 | A: Maple & Leaf | B: Scott Joplin | C: 東京 | D: two lines _x0041_'])
  })

  test('inline strings, truth values, errors, results of formulas, numbers in text, an index beyond the strings', async () => {
    const cells = '<c r="A1" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c><c r="B1" t="b"><v>1</v></c><c r="C1" t="b"><v>0</v></c><c r="D1" t="e"><v>#DIV/0!</v></c>'
      + '<c r="E1" t="str"><f>A1&amp;"x"</f><v>inlinex</v></c><c r="F1"><f>SUM(A1:A9)</f><v>3</v></c><c r="G1"><f>NOW()</f></c><c r="H1" t="s"><v>7</v></c><c r="I1"><v>0.30000000000000004</v></c>'
    const { pages, lines: [, line] } = await read(makeXlsx([{ name: 'S', xml: row(cells) }], { strings: '<si><t>x</t></si>' }))
    expect(line).toBe('Row 1 | A: inline | B: TRUE | C: FALSE | D: #DIV/0! | E: inlinex | F: 3 | I: 0.3')
    expect(pages[0]!.report.dropped).toEqual([{ kind: 'formula', count: 2 }, { kind: 'formula_without_value', count: 1 }])
  })

  test.each<[format: string, value: number, shown: string]>([
    ['General', 1234567890123, '1234567890123'],
    ['#,##0.00', 1234.5, '1,234.50'],
    ['0%', 0.125, '13%'],
    ['0.0%', 0.125, '12.5%'],
    ['"$"#,##0.00_);("$"#,##0.00)', -1234.5, '($1,234.50)'],
    ['_-* #,##0.00\\ "€"_-', 12, '12.00 €'],
    ['#,##0 [$€-407]', 1250, '1.250 €'],
    ['0.00E+00', 12345, '1.23E+04'],
    ['0 "kg"', 5, '5 kg'],
    ['[Red]0;[Blue]-0', -5, '-5'],
    ['dd/mm/yy', 40_000, '2009-07-06'],
    ['m/d/yyyy h:mm', 40_000.25, '2009-07-06 06:00'],
    ['yyyy-mm-dd hh:mm:ss', 40_000.250011574, '2009-07-06 06:00:01'],
    ['mmm yy', 40_000, 'Jul 2009'],
    ['[h]:mm', 1.5, '36:00'],
    ['h:mm AM/PM', 0.75, '6:00 PM'],
    ['[', 7, '7'],
    ['0'.repeat(300), 7, '7'],
  ])('a number in the format %s', async (format, value, shown) => {
    const styles = `<numFmts><numFmt numFmtId="170" formatCode="${format.replaceAll('"', '&quot;')}"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs>`
    expect(await lines(row(`<c r="A1" s="1"><v>${value}</v></c>`), { styles })).toEqual([`Row 1 | A: ${shown}`])
  })

  test('formats that have a number alone, and dates of both systems', async () => {
    const styles = '<cellXfs><xf/><xf numFmtId="14"/><xf numFmtId="10"/><xf numFmtId="4"/><xf numFmtId="30"/></cellXfs>'
    const cells = '<c r="A1" s="1"><v>60</v></c><c r="B1" s="1"><v>59</v></c><c r="C1" s="2"><v>0.5</v></c><c r="D1" s="3"><v>1000</v></c><c r="E1" s="4"><v>61</v></c><c r="F1" s="1"><v>-1</v></c>'
    expect(await lines(row(cells), { styles })).toEqual(['Row 1 | A: 1900-02-29 | B: 1900-02-28 | C: 50.00% | D: 1,000.00 | E: 1900-03-01 | F: -1'])
    const [line] = await lines(row('<c r="A1" s="1"><v>0</v></c><c r="B1" s="1"><v>40000</v></c><c r="C1" t="d"><v>1899-09-18T00:00:00</v></c>'), { styles, workbookPr: '<workbookPr date1904="1"/>' })
    expect(line).toBe('Row 1 | A: 1904-01-01 | B: 2013-07-07 | C: 1899-09-18')
  })
})

describe('what can be seen', () => {
  test('hidden sheets, rows, columns and values go to the report alone', async () => {
    const visible = '<cols><col min="2" max="2" hidden="1"/></cols><sheetData>'
      + '<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c><c r="B1" t="inlineStr"><is><t>Salary</t></is></c><c r="C1" t="inlineStr"><is><t>Year</t></is></c></row>'
      + '<row r="2"><c r="A2" t="inlineStr"><is><t>Ann</t></is></c><c r="B2"><v>999</v></c><c r="C2"><v>1</v></c></row>'
      + '<row r="3" hidden="1"><c r="A3" t="inlineStr"><is><t>Ghost</t></is></c></row>'
      + '<row r="4"><c r="A4" t="inlineStr"><is><t>Bob</t></is></c><c r="C4" s="1"><v>777</v></c></row></sheetData>'
    const styles = '<numFmts><numFmt numFmtId="170" formatCode=";;;"/></numFmts><cellXfs><xf/><xf numFmtId="170"/></cellXfs>'
    const bytes = makeXlsx([
      { name: 'First secret', state: 'hidden', xml: rowsXml([['alpha']]) },
      { name: 'Staff', xml: visible },
      { name: 'Last secret', state: 'veryHidden', xml: rowsXml([['omega']]) },
    ], { styles })
    const { pages, text } = await read(bytes)
    expect(text).toBe('Staff\n\nRow 1 | Name | Year\nRow 2 | Name: Ann | Year: 1\nRow 4 | Name: Bob\n\n')
    expect(pages).toHaveLength(1)
    expect(pages[0]!.flags).toContain('hidden_text')
    expect(pages[0]!.report.hidden).toEqual([
      { reason: 'markup', text: 'First secret: A1: alpha', characters: 5 },
      { reason: 'markup', text: 'B1: Salary', characters: 6 },
      { reason: 'markup', text: 'B2: 999', characters: 3 },
      { reason: 'markup', text: 'A3: Ghost', characters: 5 },
      { reason: 'markup', text: 'C4: 777', characters: 3 },
      { reason: 'markup', text: 'Last secret: A1: omega', characters: 5 },
    ])
    const all = await read(bytes, 'include')
    expect(all.lines).toEqual(['First secret', 'alpha', 'Staff', 'Row 1 | Name | Salary | Year', 'Row 2 | Name: Ann | Salary: 999 | Year: 1', 'Row 3 | Name: Ghost', 'Row 4 | Name: Bob | Year: 777', 'Last secret', 'omega'])
    expect(all.pages.flatMap(page => page.report.hidden.map(({ characters }) => characters))).toEqual([5, 6, 3, 5, 3, 5])
  })

  test('a value that is merged over rows belongs to each of them, one over columns names them all', async () => {
    const xml = rowsXml([[null, '1899', null, '1900', null], ['Country', 'Sold', 'Lent', 'Sold', 'Lent'], ['France', 1, 2, 3, 4], [null, 5, 6, 7, 8], ['Spain', 9, 10, 11, 12]])
      + '<mergeCells count="3"><mergeCell ref="B1:C1"/><mergeCell ref="D1:E1"/><mergeCell ref="A3:A4"/></mergeCells>'
    expect(await lines(xml)).toEqual([
      'Row 2 | Country | 1899 Sold | 1899 Lent | 1900 Sold | 1900 Lent',
      'Row 3 | Country: France | 1899 Sold: 1 | 1899 Lent: 2 | 1900 Sold: 3 | 1900 Lent: 4',
      'Row 4 | Country: France | 1899 Sold: 5 | 1899 Lent: 6 | 1900 Sold: 7 | 1900 Lent: 8',
      'Row 5 | Country: Spain | 1899 Sold: 9 | 1899 Lent: 10 | 1900 Sold: 11 | 1900 Lent: 12',
    ])
  })

  test('rows that stay in sight name the columns, whatever the names look like', async () => {
    const frozen = '<sheetViews><sheetView><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews>'
    expect((await lines(frozen + rowsXml([['k-1', 'k-2'], ['k-3', 'k-4'], ['k-5', 'k-6']])))[1]).toBe('Row 2 | k-1: k-3 | k-2: k-4')
    expect((await lines(rowsXml([['k-1', 'k-2'], ['k-3', 'k-4'], ['k-5', 'k-6']])))[1]).toBe('Row 2 | A: k-3 | B: k-4')
  })

  test('titles of charts and texts of boxes are kept, comments, pictures, charts and macros counted', async () => {
    const { pages, lines: found } = await read(makeXlsx([{
      name: 'S', xml: rowsXml([['a']]), relations: [['comments', 'xl/comments1.xml'], ['drawing', 'xl/drawings/d.xml']],
    }], {
      parts: {
        'xl/vbaProject.bin': 'x',
        'xl/comments1.xml': '<comments><commentList><comment ref="A1"><text><t>secret remark</t></text></comment><comment ref="A2"/></commentList></comments>',
        'xl/drawings/d.xml': '<wsDr><sp><txBody><p><r><t>In a </t></r><r><t>box</t></r></p></txBody></sp><pic/></wsDr>',
        'xl/drawings/_rels/d.xml.rels': '<Relationships><Relationship Id="1" Type="x/chart" Target="../charts/c.xml"/><Relationship Id="2" Type="x/chart" Target="http://x" TargetMode="External"/></Relationships>',
        'xl/charts/c.xml': '<chartSpace><chart><title><tx><rich><p><r><t>Copies sold</t></r></p></rich></tx></title><plotArea><valAx><title><tx><rich><p><r><t>Axis</t></r></p></rich></tx></title></valAx></plotArea></chart></chartSpace>',
      },
    }))
    expect(found).toEqual(['S', 'a', 'In a box', 'Copies sold', 'Axis'])
    expect(Object.fromEntries(pages.flatMap(page => page.report.dropped).map(({ kind, count }) => [kind, count]))).toEqual({ comment: 2, image: 1, chart: 1, macro: 1 })
  })
})

describe('files as programs write them', () => {
  test('names with prefixes, rows and cells without places, parts in capitals', async () => {
    const bytes = makeXlsx([{ name: 'S', xml: '' }], { parts: {
      'xl/worksheets/SHEET0.xml': '<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c><x:c><x:v>1</x:v></x:c></x:row><x:row r="5"><x:c r="C5"><x:v>2</x:v></x:c><x:c><x:v>3</x:v></x:c></x:row><x:row><x:c><x:v>4</x:v></x:c></x:row></x:sheetData></x:worksheet>',
    } })
    // The part of that name in small letters comes first and is empty: another archive without it.
    const other = Buffer.from(bytes.toString('latin1').replaceAll('xl/worksheets/sheet0.xml', 'xl/worksheets/other.xml1'), 'latin1')
    expect((await read(other)).lines).toEqual(['S', 'Row 1 | A: a | B: 1', 'Row 5 | C: 2 | D: 3', 'Row 6 | A: 4'])
  })

  test('the title comes from the properties, unless a program made it up', async () => {
    const title = async (text: string) => (await read(makeXlsx([{ name: 'S', xml: rowsXml([['a']]) }], { parts: { 'docProps/core.xml': `<cp:coreProperties><dc:title>${text}</dc:title></cp:coreProperties>` } }))).title
    expect(await title('Sales &amp; copies')).toBe('Sales & copies')
    expect(await title('Book1')).toBeNull()
  })

  test('sheets come in the order of their tabs, each on pages of its own that bear its name', async () => {
    const many = Array.from({ length: 200 }, (_, index) => [`Title ${index}`, `Composer of number ${index} in the catalogue`, index])
    const { pages } = await read(makeXlsx([{ name: 'Works', xml: rowsXml([['Title', 'Composer', 'Copies'], ...many]) }, { name: 'Empty', xml: rowsXml([]) }, { name: 'Notes', xml: rowsXml([['Only a note.']]) }]))
    expect(new Set(pages.map(({ label }) => label))).toEqual(new Set(['Works', 'Notes']))
    expect(pages.length).toBeGreaterThan(3)
    expect(pages.map(({ number }) => number)).toEqual(pages.map((_, index) => index + 1))
    expect(Math.max(...pages.map(({ text }) => text.length))).toBeLessThanOrEqual(5_100)
    expect(pages.at(-1)!.text).toBe('Notes\n\nOnly a note.\n\n')
    expect(pages.map(({ report }) => report.tables)).toEqual([...pages.slice(1).map(() => 1), 0])
  })

  test('without a sheet that shows anything there is no text; without a workbook it is damaged', async () => {
    await expect(read(makeXlsx([{ name: 'S', xml: rowsXml([]) }]))).rejects.toMatchObject({ code: 'no_text' })
    await expect(read(makeXlsx([{ name: 'S', state: 'hidden', xml: rowsXml([['a']]) }]))).rejects.toMatchObject({ code: 'no_text' })
    await expect(read(Buffer.from('PK\x03\x04'))).rejects.toMatchObject({ code: 'damaged_file' })
    const whole = makeXlsx([{ name: 'S', xml: rowsXml([['a']]) }])
    await expect(read(whole.subarray(0, whole.length - 40))).rejects.toMatchObject({ code: 'damaged_file' })
  })
})

describe('hostile workbooks', () => {
  test('the last row and the last column cost nothing', async () => {
    expect(await lines('<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')).toEqual(['Row 1048576 | XFD: 1'])
    expect(await lines('<sheetData><row r="99999999999"><c r="ZZZ1"><v>1</v></c><c r="B1"><v>2</v></c></row></sheetData>')).toEqual(['Row 1 | B: 2'])
  })

  test('one long string that every cell shows is too much text', async () => {
    const cells = Array.from({ length: 30_000 }, (_, index) => `<row r="${index + 1}"><c t="s"><v>0</v></c></row>`).join('')
    await expect(read(makeXlsx([{ name: 'S', xml: `<sheetData>${cells}</sheetData>` }], { strings: `<si><t>${'x '.repeat(16_000)}</t></si>` }))).rejects.toMatchObject({ code: 'too_large' })
  })

  test('millions of cells are too many', { timeout: 60_000 }, async () => {
    const one = `<row>${'<c><v>1</v></c>'.repeat(10_000)}</row>`
    await expect(read(makeXlsx([{ name: 'S', xml: `<sheetData>${one.repeat(210)}</sheetData>` }]))).rejects.toMatchObject({ code: 'too_complex' })
  })

  test('entities of its own are not expanded', async () => {
    const bomb = `<!DOCTYPE s [<!ENTITY a "${'ha'.repeat(50)}"><!ENTITY b "${'&a;'.repeat(50)}"><!ENTITY x SYSTEM "file:///etc/passwd">]>`
    const { text } = await read(makeXlsx([{ name: 'S', xml: row('<c t="s"><v>0</v></c>') }], { parts: {
      'xl/sharedStrings.xml': `${bomb}<sst><si><t>A &b; &x; B</t></si></sst>`,
      'xl/_rels/workbook.xml.rels': '<Relationships><Relationship Id="s0" Type="x/worksheet" Target="worksheets/sheet0.xml"/><Relationship Id="u" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    } }))
    expect(text).toBe('S\n\nA &b; &x; B\n\n')
  })

  test('merged ranges without end are passed over', async () => {
    const merges = Array.from({ length: 30_000 }, () => '<mergeCell ref="A1:XFD1048576"/>').join('')
    expect(await lines(`${rowsXml([['a', 1], ['b', 2]])}<mergeCells>${merges}</mergeCells>`)).toHaveLength(2)
  })
})
