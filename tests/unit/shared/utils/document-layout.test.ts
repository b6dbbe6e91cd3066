import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block, DocumentPage } from '../../../../shared/schemas/documents.ts'
import { plainReport } from '../../../../shared/utils/page-notes.ts'
import { citedPassage, cutPieces, firstCited, layoutPage, piecesOf, segmentPage, textOf, type PageNode } from '../../../../shared/utils/document-layout.ts'

type Source = [kind: Block['kind'], text: string, level?: number]

/** Pages as the server sends them: blocks separated by blank lines, rows and items by line ends. */
function pagesOf(...sources: Source[][]): { text: string, pages: DocumentPage[] } {
  let text = ''
  const pages = sources.map((blocks, index) => {
    const start = text.length
    const placed = blocks.map(([kind, words, level], at): Block => {
      if (at > 0) text += blocks[at - 1]![0] === kind && (kind === 'list_item' || kind === 'table_row') ? '\n' : '\n\n'
      const block = { kind, start: text.length, end: text.length + words.length, ...level === undefined ? {} : { level } }
      text += words
      return block
    })
    if (blocks.length > 0) text += '\n\n'
    return { number: index + 1, label: null, start, end: text.length, text: text.slice(start), width: null, height: null, blocks: placed, flags: [], report: plainReport(text.slice(start)) }
  })
  return { text, pages }
}

const source = fc.tuple(
  fc.constantFrom<Block['kind']>('heading', 'paragraph', 'list_item', 'table_row', 'code', 'caption'),
  fc.stringMatching(/^[a-zé|😀\t.] ?[a-z |.😀]{0,30}$/u),
).map(([kind, text]): Source => [kind, text])
const documents = fc.array(fc.array(source, { maxLength: 6 }), { minLength: 1, maxLength: 5 }).map(blocks => pagesOf(...blocks))
const marked = documents.chain(document => fc.record({
  document: fc.constant(document),
  range: fc.tuple(fc.nat(document.text.length), fc.nat(document.text.length)).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) })),
}))

describe('marking a range', () => {
  it('marks exactly the range, whatever blocks and pages it runs over', () => {
    fc.assert(fc.property(marked, ({ document: { text, pages }, range }) => {
      const pieces = pages.flatMap(page => segmentPage(page, range).flatMap(segment => segment.pieces))
      expect(textOf(pieces)).toBe(text)
      expect(textOf(pieces.filter(piece => piece.cited))).toBe(text.slice(range.start, range.end))
      for (const piece of pieces) expect(piece.text).toBe(text.slice(piece.start, piece.end))
    }))
  })

  it('draws every marked letter, in order and once, also in lists and tables', () => {
    fc.assert(fc.property(marked, ({ document: { text, pages }, range }) => {
      const drawn = pages.flatMap(page => layoutPage(page, range).flatMap(piecesOf))
      for (const piece of drawn) expect(piece.text).toBe(text.slice(piece.start, piece.end))
      for (const [index, piece] of drawn.entries()) if (index > 0) expect(piece.start).toBeGreaterThanOrEqual(drawn[index - 1]!.end)
      // What is not drawn of the range are the spaces and bars that keep blocks and cells apart.
      const letters = (value: string) => value.replace(/[\s|]/g, '')
      expect(letters(textOf(drawn.filter(piece => piece.cited)))).toBe(letters(text.slice(range.start, range.end)))
    }))
  })

  it('marks nothing without a range, and nothing outside of the text', () => {
    expect(cutPieces('abc', 10, null)).toEqual([{ start: 10, end: 13, text: 'abc', cited: false }])
    expect(cutPieces('abc', 10, { start: 0, end: 10 }).some(piece => piece.cited)).toBe(false)
    expect(cutPieces('abc', 10, { start: 13, end: 20 }).some(piece => piece.cited)).toBe(false)
    expect(cutPieces('abc', 10, { start: 11, end: 11 }).some(piece => piece.cited)).toBe(false)
    expect(cutPieces('', 10, { start: 0, end: 20 })).toEqual([])
  })

  it('keeps text that no block covers, and draws overlapping blocks once', () => {
    const page = { start: 0, end: 12, text: 'Lost. Found.', blocks: [{ kind: 'paragraph' as const, start: 6, end: 12 }, { kind: 'caption' as const, start: 6, end: 10 }] }
    const nodes = layoutPage(page, { start: 2, end: 8 })
    expect(nodes.map(node => [node.type, textOf(piecesOf(node))])).toEqual([['paragraph', 'Lost. '], ['paragraph', 'Found.']])
    expect(firstCited(nodes)).toBe(2)
  })
})

describe('tables', () => {
  const table = (...rows: string[]) => layoutPage(pagesOf(rows.map((row): Source => ['table_row', row])).pages[0]!, null)[0] as PageNode & { type: 'table' }
  const cells = (row: { cells: { pieces: Parameters<typeof textOf>[0], span: number }[] } | null) => row?.cells.map(cell => textOf(cell.pieces))

  it('groups rows that follow each other, with the names of the columns as head', () => {
    const node = table('Year | Work | By', '1899 | Maple Leaf Rag | Scott Joplin')
    expect(node.columns).toBe(3)
    expect(cells(node.head)).toEqual(['Year', 'Work', 'By'])
    expect(node.rows.map(cells)).toEqual([['1899', 'Maple Leaf Rag', 'Scott Joplin']])
  })

  it('reads tabs, empty cells and bars inside words', () => {
    expect(cells(table('a\tb\tc').rows[0]!)).toEqual(['a', 'b', 'c'])
    expect(cells(table('| | 3').rows[0]!)).toEqual(['', '', '3'])
    expect(cells(table('a | | c').rows[0]!)).toEqual(['a', '', 'c'])
    expect(cells(table('p(a|b) | ||x||').rows[0]!)).toEqual(['p(a|b)', '||x||'])
  })

  it('lets the last cell of a short row fill it, and takes no row of figures for a head', () => {
    const node = table('1 | 2', 'Ours', '3 | 4')
    expect(node.head).toBeNull()
    expect(node.rows.map(row => row.cells.map(cell => cell.span))).toEqual([[1, 1], [2], [1, 1]])
  })

  it('ends with the next block', () => {
    const nodes = layoutPage(pagesOf([['table_row', 'a | b'], ['paragraph', 'Between.'], ['table_row', 'c | d']]).pages[0]!, null)
    expect(nodes.map(node => node.type)).toEqual(['table', 'paragraph', 'table'])
  })
})

it('knows list items that carry their own sign', () => {
  const [list] = layoutPage(pagesOf([['list_item', '- one'], ['list_item', '2. two'], ['list_item', 'three', 2]]).pages[0]!, null)
  expect(list!.type === 'list' && list!.items.map(item => [item.marker, item.level])).toEqual([[true, 1], [true, 1], [false, 2]])
})

describe('citedPassage', () => {
  const { text, pages } = pagesOf(
    [['heading', 'One'], ['paragraph', 'Far away.'], ['heading', 'Two'], ['paragraph', 'Before.']],
    [['paragraph', 'The cited sentence.'], ['paragraph', 'After.'], ['heading', 'Three'], ['paragraph', 'Beyond.']],
  )
  const passage = (quote: string, context: number) => {
    const start = text.indexOf(quote)
    const drawn = pages.map(page => ({ number: page.number, nodes: layoutPage(page, { start, end: start + quote.length }) }))
    return citedPassage(drawn, context).map(page => [page.number, page.nodes.map(node => textOf(piecesOf(node)))])
  }

  it('shows the neighbours across pages and the heading they stand under, and no heading of what is not shown', () => {
    expect(passage('The cited sentence.', 5)).toEqual([[1, ['Two', 'Before.']], [2, ['The cited sentence.', 'After.']]])
  })

  it('shows what was asked for where the document ends', () => {
    expect(passage('Beyond.', 6)).toEqual([[2, ['After.', 'Three', 'Beyond.']]])
  })

  it('is empty when nothing is cited', () => {
    expect(citedPassage(pages.map(page => ({ number: page.number, nodes: layoutPage(page, null) })), 100)).toEqual([])
  })
})
