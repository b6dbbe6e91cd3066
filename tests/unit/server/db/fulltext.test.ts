import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { countMatches, deleteFullText, fullTextContents, hasLanguage, matchFullText, purgeFullText, scoreFullText, updateFullText } from '../../../../server/db/fulltext.ts'
import { write, type Db } from '../../../../server/db/connection.ts'
import { eligibleDocuments } from '../../../../server/db/search.ts'
import { findLanguage } from '../../../../server/retrieval/languages.ts'
import { insertDocuments, testId } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'

const words = (...phrases: string[]) => phrases.map(phrase => ({ phrase }))
const german = findLanguage('de')!
const steamer = 'Die Donaudampfschifffahrtsgesellschaft wurde in den alten Häusern am Ufer gegründet.'
/** All entries of the index, whatever chunk they belong to. */
const entries = (db: Db) => {
  db.exec('CREATE VIRTUAL TABLE temp.entries USING fts5vocab (main, chunks_fts, row)')
  const terms = db.prepare<[], string>('SELECT term FROM temp.entries').pluck().all()
  db.exec('DROP TABLE temp.entries')
  return terms
}

describe('fullTextContents', () => {
  it('hold headings, text and the parts of identifiers', () => {
    expect(fullTextContents([{ headingPath: ['Guide', 'Files'], text: 'Call readFileSync once.' }, { headingPath: [], text: 'Plain.' }]))
      .toEqual(['Guide\nFiles\nCall readFileSync once.\nread File Sync', 'Plain.'])
  })

  it('hold words in other forms in the language of each chunk', () => {
    const [content, english] = fullTextContents([{ headingPath: [], text: steamer }, { headingPath: [], text: 'The houses of the company are old.' }])
    expect(content).toContain(`haus${german.mark}`)
    expect(english).toBe('The houses of the company are old.')
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
    const find = (term: string) => matchFullText(db, { forms: words(term), k: 10 }).map(match => match.chunkKey)
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
    const matches = matchFullText(db, { forms: words('piano', 'ragtime'), k: 10 })
    expect(matches[0]!.chunkKey).toBe(second)
    expect(matches.map(match => match.score)).toEqual([...matches.map(match => match.score)].sort((a, b) => b - a))
    expect(matches[0]!.score).toBeGreaterThan(0)
  })

  it('takes any text as a term', () => {
    const { db } = temporaryDatabase()
    insertDocuments(db, [{ id: testId('document', 1), chunks: [{ text: 'plain words' }] }], null)
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 4 }), (terms) => {
      expect(() => matchFullText(db, { forms: terms.map((term, i) => ({ phrase: term.replaceAll('\0', ''), prefix: i % 2 === 1 })), k: 5 })).not.toThrow()
    }))
  })

  it('ranks as without filters, leaving out what the filters leave out', () => {
    const vocabulary = ['ragtime', 'piano', 'march', 'waltz', 'score']
    fc.assert(fc.property(
      fc.array(fc.record({
        ready: fc.boolean(),
        texts: fc.array(fc.array(fc.constantFrom(...vocabulary), { minLength: 1, maxLength: 6 }), { maxLength: 6 }),
      }), { minLength: 1, maxLength: 8 }),
      fc.option(fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 4 })),
      fc.subarray(vocabulary, { minLength: 1 }),
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
        const found = matchFullText(db, { forms: words(...terms), k: 100, eligible })
        expect(found).toEqual(expected)
        expect(matchFullText(db, { forms: words(...terms), k: 3, eligible })).toEqual(expected.slice(0, 3))
        db.close()
      },
    ), { numRuns: 80 })
  })
})

describe('countMatches', () => {
  it('counts chunks up to the limit', () => {
    const { db } = temporaryDatabase()
    insertDocuments(db, [{ id: testId('document', 1), chunks: Array.from({ length: 7 }, () => ({ text: 'piano' })) }], null)
    expect(countMatches(db, words('piano'), 100)).toBe(7)
    expect(countMatches(db, words('piano'), 5)).toBe(5)
    expect(countMatches(db, words('drum'), 5)).toBe(0)
  })
})

describe('forms', () => {
  it('are phrases, beginnings, and any of several', () => {
    const { db } = temporaryDatabase()
    const [roll, rolls] = insertDocuments(db, [{ id: testId('document', 1), chunks: [{ text: 'piano roll' }, { text: 'roll of a pianola' }] }], null)
    const find = (...forms: Parameters<typeof matchFullText>[1]['forms']) => matchFullText(db, { forms, k: 9 }).map(({ chunkKey }) => chunkKey).sort()
    expect(find({ phrase: 'piano roll' })).toEqual([roll])
    expect(find({ phrase: 'roll piano' })).toEqual([])
    expect(find({ phrase: 'pian', prefix: true })).toEqual([roll, rolls])
    expect(find({ phrase: 'drum' }, { phrase: 'pianola' })).toEqual([rolls])
    const [once, twice] = [1, 2].map(times => matchFullText(db, { forms: [{ phrase: 'pianola', times }], k: 1 })[0]!.score)
    expect(twice).toBeCloseTo(2 * once!)
    expect(scoreFullText(db, { forms: [{ phrase: 'pian', prefix: true }], chunkKeys: [rolls!] })).toEqual([{ chunkKey: rolls, score: expect.any(Number) }])
  })
})

describe('hasLanguage', () => {
  it('says of which languages there are texts', () => {
    const { db } = temporaryDatabase()
    insertDocuments(db, [{ id: testId('document', 1), chunks: [{ text: 'The company was founded in the city.' }] }], null)
    expect(hasLanguage(db, german)).toBe(false)
    insertDocuments(db, [{ id: testId('document', 2), chunks: [{ text: steamer }] }], null)
    expect([hasLanguage(db, german), hasLanguage(db, findLanguage('es')!)]).toEqual([true, false])
  })
})

describe('updateFullText', () => {
  it('changes what other rules have written and nothing else', () => {
    const { db } = temporaryDatabase()
    const keys = insertDocuments(db, [{ id: testId('document', 1), chunks: [{ text: steamer }, { text: 'The company was founded in the city.' }] }], null)
    db.prepare('UPDATE chunks_fts SET text = ? WHERE rowid = ?').run(steamer, BigInt(keys[0]!))
    const rows = [{ chunkKey: keys[0]!, headingPath: [], text: steamer }, { chunkKey: keys[1]!, headingPath: [], text: 'The company was founded in the city.' }, { chunkKey: 99, headingPath: [], text: 'gone' }]
    expect(hasLanguage(db, german)).toBe(false)
    expect([updateFullText(db, rows), updateFullText(db, rows)]).toEqual([1, 0])
    expect(hasLanguage(db, german)).toBe(true)
    expect(countMatches(db, words('gone'), 1)).toBe(0)
  })
})

describe('deleteFullText', () => {
  it('removes one document and nothing else', () => {
    const { db } = temporaryDatabase()
    insertDocuments(db, [1, 2].map(i => ({ id: testId('document', i), chunks: [{ text: 'piano' }, { text: 'piano' }] })), null)
    deleteFullText(db, 1)
    expect(matchFullText(db, { forms: words('piano'), k: 9 }).map(match => match.chunkKey)).toEqual([3, 4])
  })

  it.each([{ purgeLater: false }, { purgeLater: true }])('leaves no form of a word behind, in the index or in the file: %o', ({ purgeLater }) => {
    const { db, path } = temporaryDatabase()
    insertDocuments(db, [{ id: testId('document', 1), chunks: Array.from({ length: 20 }, () => ({ text: steamer })) }, { id: testId('document', 2), chunks: [{ text: '北京' }, { text: 'violin' }] }], null)
    expect(entries(db).length).toBeGreaterThan(40)
    write(db, () => deleteFullText(db, 1, -1, { purgeLater }))
    if (purgeLater) for (let begin = true; write(db, () => purgeFullText(db, begin)); begin = false);
    expect(entries(db)).toEqual(['violin', '京', '北京'])
    db.prepare('DELETE FROM chunks').run()
    db.prepare('DELETE FROM pages').run()
    db.pragma('wal_checkpoint(TRUNCATE)')
    // Neither the word nor a gram of it, which ends with its mark.
    const bytes = readFileSync(path)
    for (const trace of ['onaudampf', `haus${german.mark}`, 'fahrtsgesell', '\uE5DF']) expect(bytes.includes(Buffer.from(trace)), trace).toBe(false)
    db.close()
  })
})
