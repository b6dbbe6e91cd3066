import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildModel } from '../../../../../script/build-model.ts'
import { createTokenCounter, loadTokenizer } from '../../../../../server/embed/tokenizer.ts'
import { columnLetters, kindOf, type Cell, type SheetRow } from '../../../../../server/extract/sheets/cells.ts'
import { writeRows } from '../../../../../server/extract/sheets/table.ts'

const modelDir = fileURLToPath(new URL('../../../../../.model/all-MiniLM-L6-v2', import.meta.url))

/** Rows from 1; an empty list is an empty row, null an empty cell. */
function rows(source: (string | number | null)[][]): SheetRow[] {
  return source.flatMap((values, index): SheetRow | [] => {
    const cells = values.flatMap((value, column): Cell | [] => value === null ? [] : { column, text: String(value), kind: typeof value === 'number' ? 'number' : kindOf(value) })
    return cells.length > 0 ? { number: index + 1, cells } : []
  })
}

const lines = (source: (string | number | null)[][]) => [...writeRows(rows(source))].flatMap(({ blocks }) => blocks.map(({ kind, text }) => kind === 'paragraph' ? `¶ ${text}` : text))

describe('the row of names', () => {
  test('is the first row of words', () => {
    expect(lines([['First', 'Last'], ['Scott', 'Joplin'], ['James', 'Scott']])).toEqual(['Row 1 | First | Last', 'Row 2 | First: Scott | Last: Joplin', 'Row 3 | First: James | Last: Scott'])
  })

  test('stands under titles, notes and pairs of facts', () => {
    expect(lines([['Sales of rags'], [], ['Printed on', '1901-02-03'], ['Country', 'Title', 'Copies'], ['USA', 'Maple Leaf Rag', 400], ['USA', 'Swipesy', 2]])).toEqual([
      '¶ Sales of rags', 'Row 3 | A: Printed on | B: 1901-02-03', 'Row 4 | Country | Title | Copies', 'Row 5 | Country: USA | Title: Maple Leaf Rag | Copies: 400', 'Row 6 | Country: USA | Title: Swipesy | Copies: 2',
    ])
  })

  test('may be years, may leave a corner out, may repeat a name', () => {
    expect(lines([['Title', 1899, 1900, 'Sum'], ['Maple', 1, 2, 3]]).at(-1)).toBe('Row 2 | Title: Maple | 1899: 1 | 1900: 2 | Sum: 3')
    expect(lines([['Title', 'Amount', 'Amount', null], ['Maple', 1, 2, 3]]).at(-1)).toBe('Row 2 | Title: Maple | Amount: 1 | Amount (2): 2 | D: 3')
  })

  test.each<[string, (string | number | null)[][]]>([
    ['numbers', [[1, 2], [3, 4]]],
    ['codes like those below', [['rag-1', 'a-1'], ['rag-2', 'a-2']]],
    ['a word that comes again below', [['yes', 'x', 'no'], ['yes', 'y', 'no'], ['no', 'x', 'yes']]],
    ['a form of labels', [['Name:', 'Ann'], ['Born:', 'in May'], ['City:', 'Lyon']]],
  ])('is none where there are only %s: columns have their letters', (_, source) => {
    expect(lines(source)[0]).toMatch(/^Row 1 \| A: /)
  })

  test('may stand apart from its rows where these are figures, and is not looked for in the next table', () => {
    expect(lines([['Number', 'Square'], [], [1, 1], [2, 4]])).toEqual(['Row 1 | Number | Square', 'Row 3 | Number: 1 | Square: 1', 'Row 4 | Number: 2 | Square: 4'])
    expect(lines([['By', 'Ann'], [], ['Title', 'City'], ['Maple', 'Sedalia']])).toEqual(['Row 1 | A: By | B: Ann', 'Row 3 | Title | City', 'Row 4 | Title: Maple | City: Sedalia'])
    expect(lines([['a', 'b'], ['c', 'd'], [], ['Title', 'Year', 'Copies'], ['Maple', 1899, 4]])).toEqual(['Row 1 | a | b', 'Row 2 | a: c | b: d', 'Row 4 | Title | Year | Copies', 'Row 5 | Title: Maple | Year: 1899 | Copies: 4'])
  })

  test('changes where another table begins after an empty row, and not where only rows go on', () => {
    expect(lines([['Title', 'Year', 'Copies'], ['Maple', 1899, 4], [], ['Swipesy', 1900, 5], [], ['Costs'], ['Kind', 'City', 'Dollars'], ['Print', 'Sedalia', 70], [], ['Source: the ledger of the shop']])).toEqual([
      'Row 1 | Title | Year | Copies', 'Row 2 | Title: Maple | Year: 1899 | Copies: 4', 'Row 4 | Title: Swipesy | Year: 1900 | Copies: 5',
      '¶ Costs', 'Row 7 | Kind | City | Dollars', 'Row 8 | Kind: Print | City: Sedalia | Dollars: 70', '¶ Source: the ledger of the shop',
    ])
  })

  test('in a single column needs evidence: a list of words names none', () => {
    expect(lines([['Copies'], [1], [2]])).toEqual(['Row 1 | Copies', 'Row 2 | Copies: 1', 'Row 3 | Copies: 2'])
    expect(lines([['A sentence of prose.'], ['And one more.']])).toEqual(['¶ A sentence of prose.', '¶ And one more.'])
  })
})

describe('a row', () => {
  test('that is too long goes on in further ones, each with its number and its first cell', () => {
    const [, ...found] = lines([['Title', ...Array.from({ length: 60 }, (_, index) => `Sales in month ${index}`)], ['Maple', ...Array.from({ length: 60 }, (_, index) => 1000 + index)]]).filter(line => !line.includes('Row 1'))
    expect(found.length).toBeGreaterThan(2)
    for (const line of found) expect(line).toMatch(/^Row 2 \(continued\) \| Title: Maple \| Sales in month \d+: \d+/)
  })

  test('never exceeds what one citation and one chunk may hold, and loses no value', { timeout: 120_000 }, () => {
    buildModel(modelDir)
    const tokens = createTokenCounter(loadTokenizer(modelDir))
    const word = fc.oneof(fc.stringMatching(/^[a-z]{1,12}$/), fc.stringMatching(/^[0-9.]{1,14}$/), fc.stringMatching(/^[ß-ÿа-яα-ω一-三]{1,9}$/), fc.stringMatching(/^[A-Z0-9#_/-]{1,50}$/))
    const text = fc.array(word, { minLength: 1, maxLength: 120 }).map(words => words.join(' '))
    fc.assert(fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), (values) => {
      const blocks = [...writeRows([{ number: 12, cells: values.map((value, column) => ({ column, text: value, kind: 'number' })) }])].flatMap(written => written.blocks)
      for (const block of blocks) {
        expect(block.text).toMatch(/^Row 12(?: \(continued\))? \| /)
        expect(block.text.length).toBeLessThanOrEqual(600)
        expect(tokens(block.text)).toBeLessThanOrEqual(200)
      }
      const written = values.map((_, column) => blocks.flatMap(block => block.text.split(' | ').slice(1)).filter(cell => cell.startsWith(`${columnLetters(column)}: `)).map(cell => cell.slice(cell.indexOf(': ') + 2)))
      for (const [column, parts] of written.entries()) {
        const value = values[column]!.replaceAll(/\s/g, '')
        // The first cell is said again in each further block.
        if (column === 0 && parts.every(part => part === parts[0])) expect(parts[0]!.replaceAll(/\s/g, '')).toBe(value)
        else expect(parts.join('').replaceAll(/\s/g, '')).toBe(value)
      }
    }), { numRuns: 200 })
  })
})

test('columns have their letters', () => {
  expect([0, 25, 26, 701, 702, 16_383].map(columnLetters)).toEqual(['A', 'Z', 'AA', 'ZZ', 'AAA', 'XFD'])
})
