import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pageReportItemSchema, type PageReport } from '../../../../shared/schemas/documents.ts'
import { plainReport } from '../../../../shared/utils/page-notes.ts'
import { insertDocument } from '../../../../server/db/documents.ts'
import { deletePages, insertPages, listPageReports, listPages, listPlacedPages, readText } from '../../../../server/db/pages.ts'
import { temporaryDatabase } from '../../support/database.ts'

const { db } = temporaryDatabase()

function store(texts: string[], reports: Partial<PageReport>[] = []): number {
  const { key } = insertDocument(db, { contentHash: crypto.randomUUID(), title: 't', filename: 'f', mediaType: 'text/plain', bytes: 1 })!
  let start = 0
  insertPages(db, key, texts.map((text, index) => {
    const page = {
      number: index + 1, label: null, start, end: start + text.length, text, width: 612, height: null, flags: ['empty'], report: { ...plainReport(text), ...reports[index] }, boxes: Buffer.from([index]),
      blocks: [{ kind: 'paragraph' as const, start, end: start + text.length }],
    }
    start = page.end
    return page
  }))
  return key
}

describe('pages', () => {
  it('give back any slice of the canonical text', () => {
    fc.assert(fc.property(fc.array(fc.string({ maxLength: 20 }), { maxLength: 80 }), fc.nat(600), fc.nat(600), (texts, start, end) => {
      const key = store(texts)
      expect([...readText(db, key, start, end)].join('')).toBe(texts.join('').slice(start, end))
    }), { numRuns: 60 })
  })

  it('are listed from a number on, bounded in number and in length', () => {
    const key = store(['One. ', 'Two. ', 'x'.repeat(100), 'Four.'])
    expect(listPages(db, key, { from: 1, count: 2, maxChars: 1000 })).toMatchObject({ items: [{ number: 1, text: 'One. ', width: 612, flags: ['empty'] }, { number: 2, start: 5 }], next: 3 })
    expect(listPages(db, key, { from: 1, count: 9, maxChars: 50 })).toMatchObject({ items: [{ number: 1 }, { number: 2 }], next: 3 })
    expect(listPages(db, key, { from: 3, count: 9, maxChars: 50 })).toMatchObject({ items: [{ number: 3, blocks: [{ kind: 'paragraph', start: 10, end: 110 }] }], next: 4 })
    expect(listPages(db, key, { from: 4, count: 9, maxChars: 50 })).toMatchObject({ items: [{ number: 4 }], next: null })
    expect(listPages(db, key, { from: 5, count: 9, maxChars: 50 })).toEqual({ items: [], next: null })
  })

  it('of a range come with their boxes', () => {
    const key = store(['One. ', 'Two. ', 'Three. '])
    expect(listPlacedPages(db, key, 5, 11)).toEqual([
      { number: 2, start: 5, end: 10, text: 'Two. ', width: 612, height: null, boxes: Buffer.from([1]) },
      { number: 3, start: 10, end: 17, text: 'Three. ', width: 612, height: null, boxes: Buffer.from([2]) },
    ])
    expect(listPlacedPages(db, key, 17, 30)).toEqual([])
  })

  it('are reported page by page, or only those that are worth a look', () => {
    const hidden = [{ reason: 'tiny' as const, text: 'x'.repeat(500), characters: 500 }]
    const key = store(['One. ', 'Two. ', 'Three. ', 'Four. '], [{}, { hidden }, { repairs: [{ kind: 'encoding', count: 2 }] }, { hidden }])
    const all = listPageReports(db, key, { from: 1, count: 2, maxChars: 10_000, onlyAttention: false })
    expect(all).toMatchObject({ items: [{ number: 1, attention: [], report: { characters: 5 } }, { number: 2, attention: ['hidden'], report: { hidden } }], next: 3 })
    for (const item of all.items) expect(pageReportItemSchema.parse(item)).toEqual(item)
    const few = (from: number, maxChars: number) => listPageReports(db, key, { from, count: 9, maxChars, onlyAttention: true })
    expect(few(1, 10_000)).toMatchObject({ items: [{ number: 2 }, { number: 3, attention: ['repaired'] }, { number: 4 }], next: null })
    expect(few(1, 600)).toMatchObject({ items: [{ number: 2 }], next: 3 })
    expect(few(5, 600)).toEqual({ items: [], next: null })
  })

  it('that were read before there were reports have their length', () => {
    const key = store(['One. '])
    db.prepare(`UPDATE pages SET report = '{}' WHERE document_key = ?`).run(key)
    expect(listPageReports(db, key, { from: 1, count: 1, maxChars: 1, onlyAttention: false }).items[0]!.report).toEqual(plainReport('One. '))
  })

  it('are removed in steps', () => {
    const key = store(['a', 'b', 'c'])
    expect(deletePages(db, key, 2)).toBe(2)
    expect([...readText(db, key, 0, 10)]).toEqual(['c'])
    expect(deletePages(db, key, 2)).toBe(1)
  })
})
