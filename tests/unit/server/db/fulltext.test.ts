import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { countMatches, deleteFullText, fullTextContent, matchFullText } from '../../../../server/db/fulltext.ts'
import { eligibleDocuments } from '../../../../server/db/search.ts'
import { insertDocuments, testId } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'

describe('fullTextContent', () => {
  it('holds headings, text and the parts of identifiers', () => {
    expect(fullTextContent({ headingPath: ['Guide', 'Files'], text: 'Call readFileSync once.' }))
      .toBe('Guide\nFiles\nCall readFileSync once.\nread File Sync')
  })
})

describe('matchFullText', () => {
  it('finds by heading, by stem, without accents and by part of an identifier', () => {
    const { db } = temporaryDatabase()
    const [heading, stem, accent, identifier] = insertDocuments(db, [{
      id: testId('document', 1),
      chunks: [
        { text: 'Nothing to see.', headingPath: ['Syncopation'] }, { text: 'They were dancing.' },
        { text: 'Une crème brûlée.' }, { text: 'const x = parseHTTPBody(y)' },
      ],
    }], null)
    const find = (term: string) => matchFullText(db, { terms: [term], k: 10 }).map(match => match.chunkKey)
    expect(find('syncopated')).toEqual([heading])
    expect(find('dance')).toEqual([stem])
    expect(find('creme')).toEqual([accent])
    expect(find('body')).toEqual([identifier])
    expect(find('parsehttpbody')).toEqual([identifier])
  })

  it('ranks the chunk with the rarer words first and counts upwards', () => {
    const { db } = temporaryDatabase()
    const [, second] = insertDocuments(db, [{
      id: testId('document', 1),
      chunks: [{ text: 'piano rolls' }, { text: 'piano ragtime' }, { text: 'piano stools' }, { text: 'drum' }, { text: 'violin' }],
    }], null)
    const matches = matchFullText(db, { terms: ['piano', 'ragtime'], k: 10 })
    expect(matches[0]!.chunkKey).toBe(second)
    expect(matches.map(match => match.score)).toEqual([...matches.map(match => match.score)].sort((a, b) => b - a))
    expect(matches[0]!.score).toBeGreaterThan(0)
  })

  it('takes any text as a term', () => {
    const { db } = temporaryDatabase()
    insertDocuments(db, [{ id: testId('document', 1), chunks: [{ text: 'plain words' }] }], null)
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 4 }), (terms) => {
      expect(() => matchFullText(db, { terms: terms.map(term => term.replaceAll('\0', '')), k: 5 })).not.toThrow()
    }))
  })

  it('ranks as without filters, leaving out what the filters leave out', () => {
    const words = ['ragtime', 'piano', 'march', 'waltz', 'score']
    fc.assert(fc.property(
      fc.array(fc.record({
        ready: fc.boolean(),
        texts: fc.array(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 6 }), { maxLength: 6 }),
      }), { minLength: 1, maxLength: 8 }),
      fc.option(fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 4 })),
      fc.subarray(words, { minLength: 1 }),
      (documents, only, terms) => {
        const { db } = temporaryDatabase()
        const keys = insertDocuments(db, documents.map((document, i) => ({
          id: testId('document', i), status: document.ready ? 'ready' : 'processing', chunks: document.texts.map(text => ({ text: text.join(' ') })),
        })), null)
        const visible = new Set<number>()
        let next = 0
        documents.forEach((document, i) => document.texts.forEach(() => {
          const key = keys[next++]!
          if (document.ready && (!only || only.includes(i))) visible.add(key)
        }))
        const all = db.prepare<[string], { chunkKey: number, score: number }>(
          'SELECT rowid AS chunkKey, -bm25(chunks_fts) AS score FROM chunks_fts WHERE chunks_fts MATCH ?').all(terms.join(' OR '))
        const expected = all.filter(row => visible.has(row.chunkKey)).sort((a, b) => b.score - a.score || a.chunkKey - b.chunkKey)
        const eligible = eligibleDocuments(db, only ? { documents: only.map(i => testId('document', i)) } : {})
        const found = matchFullText(db, { terms, k: 100, eligible })
        expect(found).toEqual(expected)
        expect(matchFullText(db, { terms, k: 3, eligible })).toEqual(expected.slice(0, 3))
        db.close()
      },
    ), { numRuns: 80 })
  })
})

describe('countMatches', () => {
  it('counts chunks up to the limit', () => {
    const { db } = temporaryDatabase()
    insertDocuments(db, [{ id: testId('document', 1), chunks: Array.from({ length: 7 }, () => ({ text: 'piano' })) }], null)
    expect(countMatches(db, 'piano', 100)).toBe(7)
    expect(countMatches(db, 'piano', 5)).toBe(5)
    expect(countMatches(db, 'drum', 5)).toBe(0)
  })
})

describe('deleteFullText', () => {
  it('removes one document and nothing else', () => {
    const { db } = temporaryDatabase()
    insertDocuments(db, [1, 2].map(i => ({ id: testId('document', i), chunks: [{ text: 'piano' }, { text: 'piano' }] })), null)
    deleteFullText(db, 1)
    expect(matchFullText(db, { terms: ['piano'], k: 9 }).map(match => match.chunkKey)).toEqual([3, 4])
  })
})
