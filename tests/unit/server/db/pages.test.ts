import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainReport } from '../../../../shared/schemas/documents.ts'
import { insertDocument } from '../../../../server/db/documents.ts'
import { deletePages, insertPages, listPages, readText } from '../../../../server/db/pages.ts'
import { temporaryDatabase } from '../../support/database.ts'

const { db } = temporaryDatabase()

function store(texts: string[]): number {
  const { key } = insertDocument(db, { contentHash: crypto.randomUUID(), title: 't', filename: 'f', mediaType: 'text/plain', bytes: 1 })!
  let start = 0
  insertPages(db, key, texts.map((text, index) => {
    const page = {
      number: index + 1, label: null, start, end: start + text.length, text, width: 612, height: null, flags: ['empty'], report: plainReport(text), boxes: null,
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

  it('are removed in steps', () => {
    const key = store(['a', 'b', 'c'])
    expect(deletePages(db, key, 2)).toBe(2)
    expect([...readText(db, key, 0, 10)]).toEqual(['c'])
    expect(deletePages(db, key, 2)).toBe(1)
  })
})
