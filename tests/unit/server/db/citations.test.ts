import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCanonicalRange } from '../../../../server/db/citations.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { insertDocument } from '../answer/fixtures.ts'

describe('readCanonicalRange', () => {
  const { db } = temporaryDatabase()
  const paragraphs = ['First page. 🎹 It is short.', 'Second page.', 'The third one ends.']
  const [chunk] = insertDocument(db, { title: 'Pages', paragraphs })
  const canonical = paragraphs.map(text => `${text}\n\n`).join('')

  it('equals a slice of the whole text, over page ends too, and names the page it begins on', () => {
    fc.assert(fc.property(fc.nat(canonical.length), fc.nat(canonical.length), (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)]
      const found = readCanonicalRange(db, chunk!.documentId, start, end)
      if (start === end) {
        expect(found).toBeNull()
        return
      }
      expect(found!.text).toBe(canonical.slice(start, end))
      const page = start < paragraphs[0]!.length + 2 ? 1 : start < paragraphs[0]!.length + paragraphs[1]!.length + 4 ? 2 : 3
      expect(found!.page).toBe(page)
    }))
  })

  it('is null outside of the text and for documents that are not there or not ready', () => {
    expect(readCanonicalRange(db, chunk!.documentId, 0, canonical.length + 1)).toBeNull()
    expect(readCanonicalRange(db, chunk!.documentId, -2, 5)).toBeNull()
    expect(readCanonicalRange(db, chunk!.chunkId, 0, 5)).toBeNull()
    db.prepare(`UPDATE documents SET status = 'processing'`).run()
    expect(readCanonicalRange(db, chunk!.documentId, 0, 5)).toBeNull()
  })
})
