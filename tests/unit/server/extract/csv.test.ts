import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvRecords } from '../../../../server/extract/csv-records.ts'
import { extractCsv } from '../../../../server/extract/csv.ts'
import { detectDialect } from '../../../../server/extract/delimited.ts'
import type { ExtractedPage } from '../../../../server/extract/types.ts'

function read(source: string | Buffer, filename = 'a.csv') {
  const pages: ExtractedPage[] = []
  for (const event of extractCsv({ bytes: Buffer.from(source as string), filename, pageLimit: 30_000, hiddenText: 'exclude', ocr: null }) as Iterable<{ type: string, page: ExtractedPage }>) {
    if (event.type === 'page') pages.push(event.page)
  }
  const repairs: Record<string, number> = {}
  for (const { kind, count } of pages.flatMap(page => page.report.repairs)) repairs[kind] = (repairs[kind] ?? 0) + count
  return { pages, repairs, lines: pages.flatMap(page => page.text.split('\n').filter(Boolean)) }
}

const records = (text: string, delimiter = ',', size = text.length || 1) => {
  const slices = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size))
  return [...csvRecords(slices, delimiter)].map(({ fields }) => fields)
}

describe('records', () => {
  test('quotation marks, line ends of every kind and in fields, empty fields', () => {
    expect(records('a,"b, ""c""",d\r\n"e\nf",,\r\rg,"",h')).toEqual([['a', 'b, "c"', 'd'], ['e\nf', '', ''], [''], ['g', '', 'h']])
    expect(records('a\n')).toEqual([['a']])
    expect(records('a,')).toEqual([['a', '']])
    expect(records('')).toEqual([])
  })

  test('are the same wherever the text is cut', () => {
    const field = fc.stringMatching(/^[a-c ",;\n\r]{0,8}$/)
    fc.assert(fc.property(fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 7 }), (rows, size) => {
      const text = rows.map(row => row.map(value => `"${value.replaceAll('"', '""')}"`).join(',')).join('\r\n')
      expect(records(text, ',', size)).toEqual(rows)
      const wild = rows.flat().join('"')
      expect(records(wild, ',', size)).toEqual(records(wild))
    }))
  })

  test('a mark that is not doubled stays; one that nobody closes is a sign of its field', () => {
    expect(records('1,"say "hi" now",2\n')).toEqual([['1', 'say "hi" now', '2']])
    expect(records('1,"open\n2,"whole, field"\n3,x\n')).toEqual([['1', '"open'], ['2', 'whole, field'], ['3', 'x']])
    expect(records('1,"open\n2,x\n')).toEqual([['1', '"open'], ['2', 'x']])
    expect(records('12" disc,5\n')).toEqual([['12" disc', '5']])
  })
})

describe('dialect', () => {
  const whole = (text: string, name: string) => detectDialect(text, name, true)?.delimiter ?? null
  const table = (delimiter: string, count = 6) => Array.from({ length: count }, (_, index) => ['Rag', index, '1,5', 'x'].join(delimiter)).join('\n')

  test.each<[string, string, string, string | null]>([
    ['commas', 'Name,Year\nMaple,1899\n', 'a.csv', ','],
    ['semicolons beside commas in numbers', table(';'), 'a.csv', ';'],
    ['tabs', table('\t'), 'a.tsv', '\t'],
    ['bars', 'a|b|c\nd|e|f\n', 'a.csv', '|'],
    ['a declaration', 'sep=^\na^b\n', 'a.csv', '^'],
    ['rows before the table', 'Sales of the year\n\nName,Year,Copies\nMaple,1899,400\nSwipesy,1900,2\n', 'a.csv', ','],
    ['one column', 'name\nAnn\nBob\n', 'a.csv', ','],
    ['prose that is called a table', 'A line.\nAnother, with a comma.\nA third, with two, of them.\nA fourth.\n', 'a.csv', null],
    ['tabs without a name that says so', table('\t'), 'a.txt', '\t'],
    ['semicolons without a name', table(';'), 'export', ';'],
    ['commas without a name', 'a,b,c\n'.repeat(5), 'a.txt', ','],
    ['few commas without a name', 'a,b,c\n'.repeat(4), 'a.txt', null],
    ['prose', 'He came, saw, won.\n'.repeat(9), 'a.txt', null],
    ['source code', 'f(a, b, c)\n'.repeat(9), 'a.js', null],
    ['indented text', '\tone\n\ttwo\n\tthree\n\tfour\n', 'a.txt', null],
    ['a table of Markdown', '| a | b |\n|---|---|\n| c | d |\n| c | d |\n| c | d |\n', 'a.txt', null],
    ['lines of JSON', '{"a":1,"b":2,"c":3}\n'.repeat(9), 'a.txt', null],
  ])('%s', (_, text, name, delimiter) => {
    expect(whole(text, name)).toBe(delimiter)
  })

  test('the last line of a beginning may be cut off', () => {
    expect(detectDialect(`${'a,b,c\n'.repeat(5)}a,b`, 'a.txt', false)?.delimiter).toBe(',')
    expect(detectDialect(`${'a,b,c\n'.repeat(5)}a,b`, 'a.txt', true)).toBeNull()
  })
})

describe('tables', () => {
  test('each row has its number, its names, and no empty cells', () => {
    expect(read('Name,Year,Copies\nMaple Leaf Rag,1899,400\n\n"Swipesy\nCakewalk",,"1,000"\n').lines).toEqual([
      'Row 1 | Name | Year | Copies', 'Row 2 | Name: Maple Leaf Rag | Year: 1899 | Copies: 400', 'Row 4 | Name: Swipesy Cakewalk | Copies: 1,000',
    ])
  })

  test('a declaration of the separator is no row', () => {
    expect(read('sep=;\r\nName;Year\r\nMaple;1899\r\n').lines).toEqual(['Row 1 | Name | Year', 'Row 2 | Name: Maple | Year: 1899'])
  })

  test.each<[string, Buffer]>([
    ['UTF-8 with a mark', Buffer.from('\uFEFFStück;Jahr\nÄrger;1899\n')],
    ['UTF-16', Buffer.from('\uFEFFStück;Jahr\nÄrger;1899\n', 'utf16le')],
    ['Latin 1', Buffer.from('Stück;Jahr\nÄrger;1899\n', 'latin1')],
  ])('in %s', (_, bytes) => {
    expect(read(bytes).lines).toEqual(['Row 1 | Stück | Jahr', 'Row 2 | Stück: Ärger | Jahr: 1899'])
  })

  test('a bar inside a value is no separator of cells', () => {
    const { lines, repairs } = read('Name,Note: long\nA | B,|\nC|D,x | y\n')
    expect(lines).toEqual(['Row 1 | Name | Note – long', 'Row 2 | Name: A ¦ B | Note – long: ¦', 'Row 3 | Name: C|D | Note – long: x ¦ y'])
    expect(repairs).toEqual({ separator: 3 })
  })

  test('a table without anything in it has no text', () => {
    expect(() => read(',,\n,,\n')).toThrow(expect.objectContaining({ code: 'no_text' }) as Error)
  })
})

describe('hostile tables', () => {
  test('one line of 50 MB without an end of anything', { timeout: 120_000 }, () => {
    const { pages, repairs } = read(Buffer.alloc(50 * 1024 * 1024, 'a'))
    expect(repairs.long_row).toBeGreaterThan(500)
    expect(Math.max(...pages.map(page => page.text.length))).toBeLessThan(5_100)
  })

  test('one line of a million fields', { timeout: 60_000 }, () => {
    const { repairs, lines } = read('ab,'.repeat(1_000_000))
    expect(repairs.long_row).toBe(Math.floor(1_000_000 / 16_384))
    expect(lines.every(line => line.length < 600)).toBe(true)
  })

  test.each<[string, string]>([
    ['a mark that nobody closes', `a,b\n"never,1\n${'x,y\n'.repeat(200_000)}`],
    ['marks that nobody closes', '"a,"b,"c\n'.repeat(200_000)],
    ['doubled marks without end', '"x"",'.repeat(200_000)],
    ['nothing but marks', '"'.repeat(1_000_000)],
    ['marks and spaces', '"  a" b'.repeat(200_000)],
  ])('%s', { timeout: 60_000 }, (_, text) => {
    const { repairs, pages } = read(text)
    expect(Object.keys(repairs)).toContainEqual(expect.stringMatching(/^(?:unclosed_quote|stray_quote)$/))
    expect(pages.length).toBeGreaterThan(0)
  })

  test('a row that opens a mark loses no row after it', () => {
    const { lines, repairs } = read(`a,b\n"never,1\n${Array.from({ length: 40_000 }, (_, index) => `x,${index}`).join('\n')}\n`)
    expect(lines).toHaveLength(40_002)
    expect(repairs).toEqual({ unclosed_quote: 1 })
  })

  test('more cells than a sheet of a person has', { timeout: 60_000 }, () => {
    expect(() => read('1,'.repeat(20).concat('1\n').repeat(100_000))).toThrow(expect.objectContaining({ code: 'too_complex' }) as Error)
  })
})
