import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block } from '../../../../shared/schemas/documents.ts'
import { layoutPage, piecesOf, textOf, type PageNode, type TextRange } from '../../../../shared/utils/document-layout.ts'
import { writeRows } from '../../../../server/extract/sheets/table.ts'
import { columnName } from '../../../../server/extract/sheets/row-text.ts'

type Table = PageNode & { type: 'table' }

/** A page of these table rows, as the server sends it. */
function page(rows: string[]) {
  const blocks: Block[] = []
  let text = ''
  for (const row of rows) {
    if (text) text += '\n'
    blocks.push({ kind: 'table_row', start: text.length, end: text.length + row.length })
    text += row
  }
  return { start: 0, end: text.length + 2, text: `${text}\n\n`, blocks }
}

const tables = (rows: string[], range: TextRange | null = null) => layoutPage(page(rows), range) as Table[]
const cells = (row: Table['head']) => row?.cells.map(({ pieces }) => textOf(pieces))
const drawn = (rows: string[]) => tables(rows).map(({ names, head, rows: found }) => ({ names, head: cells(head), rows: found.map(cells) }))

describe('the rows of a sheet', () => {
  it('become a table with one head, the numbers of the rows and empty cells in their places', () => {
    expect(drawn(['Row 1 | Name | Year | Copies', 'Row 2 | Name: Maple Leaf Rag | Year: 1899 | Copies: 400', 'Row 4 | Name: Swipesy | Copies: 2'])).toEqual([{
      names: ['Row', 'Name', 'Year', 'Copies'], head: ['', 'Name', 'Year', 'Copies'], rows: [['2', 'Maple Leaf Rag', '1899', '400'], ['4', 'Swipesy', '', '2']],
    }])
  })

  it('have a head where the names stand on an earlier page, in the order of the columns', () => {
    expect(drawn(['Row 7 | A: 1 | C: 3', 'Row 8 | A: 4 | B: 5 | C: 6', 'Row 9 | B: 7 | D: 8'])).toEqual([{
      names: ['Row', 'A', 'B', 'C', 'D'], head: undefined, rows: [['7', '1', '', '3', ''], ['8', '4', '5', '6', ''], ['9', '', '7', '', '8']],
    }])
  })

  it('are joined where one goes on, without saying its first cell again', () => {
    expect(drawn(['Row 1 | Name | Note', 'Row 1 (continued) | Year', 'Row 2 | Name: Maple | Note: It sold', 'Row 2 (continued) | Name: Maple | Note: well. | Year: 1899'])).toEqual([{
      names: ['Row', 'Name', 'Note', 'Year'], head: ['', 'Name', 'Note', 'Year'], rows: [['2', 'Maple', 'It soldwell.', '1899']],
    }])
    expect(drawn(['Row 2 (continued) | Name: Maple | Year: 1899'])[0]!.rows).toEqual([['2', 'Maple', '1899']])
  })

  it('are several tables where other names begin', () => {
    expect(drawn(['Row 1 | A: 1', 'Row 3 | Kind | City', 'Row 4 | Kind: Print | City: Sedalia']).map(({ names }) => names)).toEqual([['Row', 'A'], ['Row', 'Kind', 'City']])
  })

  it('are drawn as they are where they are no such rows', () => {
    for (const rows of [['Row 1 | Name: a | b', 'Row 2 | c: d'], ['Row 1 | a', 'Row 2 | b'], ['Name: a | Year: b'], ['Row 1']]) expect(tables(rows)[0]!.names).toBeUndefined()
  })
})

describe('marking', () => {
  const text = fc.stringMatching(/^[a-zß-ÿ|:. 0-9]{0,40}$/).map(value => value.replaceAll(/\s+/g, ' ').trim())
  const sheets = fc.array(fc.array(text, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 }).map((values) => {
    const found = values.map((row, index) => row.map(value => value.repeat(index === 1 ? 20 : 1)))
    const rows = found.map((row, index) => ({ number: index + 1, cells: row.flatMap((value, column) => value ? [{ column, text: value, kind: 'number' as const }] : []) }))
    return { values: found, rows: [...writeRows(rows.filter(({ cells: some }) => some.length > 0))].flatMap(({ blocks }) => blocks.map(block => block.text)) }
  }).filter(({ rows }) => rows.length > 0)

  it('marks what is cited and nothing else, in the words of the text', () => {
    fc.assert(fc.property(sheets, fc.nat(2000), fc.nat(2000), ({ rows }, a, b) => {
      const { text: all, end } = page(rows)
      const range = { start: Math.min(a, b, end), end: Math.min(Math.max(a, b), end) }
      const pieces = tables(rows, range).flatMap(piecesOf)
      for (const piece of pieces) {
        expect(piece.text).toBe(all.slice(piece.start, piece.end))
        expect(piece.cited).toBe(piece.start >= range.start && piece.end <= range.end)
      }
      expect(new Set(pieces.map(({ start }) => start)).size).toBe(pieces.length)
    }))
  })

  it('draws every value of every row under its column', () => {
    fc.assert(fc.property(sheets, ({ rows, values }) => {
      const [table] = tables(rows)
      const squeeze = (value = '') => value.replaceAll(/\s/g, '').replaceAll('¦', '|')
      for (const row of table!.rows) {
        const [number, ...found] = cells(row)!
        for (const [index, value] of found.entries()) expect(squeeze(value)).toBe(squeeze(values[Number(number) - 1]!['ABCDEF'.indexOf(table!.names![index + 1]!)]))
      }
      expect(table!.rows).toHaveLength(values.filter(row => row.some(Boolean)).length)
    }))
  })
})

it('a name of a column never holds what ends it', () => {
  fc.assert(fc.property(fc.string(), (name) => {
    expect(columnName(name.replaceAll(/\s+/g, ' ').trim())).not.toMatch(/: |:$/)
  }))
})
