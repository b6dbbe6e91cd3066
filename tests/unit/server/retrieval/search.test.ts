import { beforeAll, describe, expect, it } from 'vitest'
import type { Db } from '../../../../server/db/connection.ts'
import { ensureVectorIndex } from '../../../../server/db/vectors.ts'
import { chunkAt } from '../../../../server/retrieval/passages.ts'
import { search } from '../../../../server/retrieval/search.ts'
import type { RetrievalOptions } from '../../../../server/retrieval/types.ts'
import { insertDocuments, testId, type TestDocument } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { createHashEmbedder } from '../../support/hash-embedder.ts'
import { isRelevant } from '../../support/relevance.ts'

const embedder = createHashEmbedder()
const joplin = [
  'Scott Joplin grew up in Texarkana.', 'His Maple Leaf Rag was published in Sedalia in 1899.', 'He moved to New York in 1907 and worked on Treemonisha.',
]
const documents = [
  { id: testId('document', 1), title: 'Joplin', chunks: joplin },
  { id: testId('document', 2), title: 'Copy of Joplin', chunks: [`${joplin[1]!.replace(' in 1899', '\n in 1899')}`] },
  { id: testId('document', 3), title: 'Code', chunks: ['const leaf = readLeafNode(tree)', 'export function parsePianoRoll(bytes) {}'] },
  { id: testId('document', 4), title: 'Unfinished', status: 'processing' as const, chunks: ['The Maple Leaf Rag sold a million copies.'] },
]

async function fill(db: Db, list: (Omit<TestDocument, 'chunks'> & { chunks: string[] })[]) {
  ensureVectorIndex(db, { embedderId: embedder.id, dimensions: embedder.dimensions })
  const embedded = await Promise.all(list.map(async ({ chunks, ...document }) => {
    const vectors = await embedder.embed(chunks, 'document')
    return { ...document, chunks: chunks.map((text, i) => ({ text, embedding: vectors[i]! })) }
  }))
  insertDocuments(db, embedded, embedder.id)
}

describe('search', () => {
  let db: Db
  beforeAll(async () => {
    ({ db } = temporaryDatabase())
    await fill(db, documents)
  })
  const ask = async (query: string, request: Partial<Parameters<typeof search>[1]> = {}, hybrid = true) => {
    const [embedding] = await embedder.embed([query], 'query')
    return search(db, { query, filters: {}, limit: 10, ...request }, hybrid ? { embedding: embedding!, embedderId: embedder.id } : null)
  }

  it('finds by both searches and says how', async () => {
    const { mode, results, trace } = await ask('When was the Maple Leaf Rag published?', { limit: 1 })
    expect(mode).toBe('hybrid')
    expect(results[0]).toMatchObject({ documentId: testId('document', 1), title: 'Joplin', page: 1, text: joplin[1], start: joplin[0]!.length })
    expect(results[0]!.stages).toMatchObject({ vector: { rank: 1 }, text: { rank: 1 }, fusion: { rank: 1, score: results[0]!.score } })
    expect(results[0]!.sentences).toEqual([[results[0]!.start, results[0]!.end]])
    expect(trace).toMatchObject({ mode: 'hybrid', terms: ['maple', 'leaf', 'rag', 'published'] })
    expect(Object.keys(trace.timings)).toEqual(['filter', 'terms', 'text', 'vector', 'fusion', 'evidence', 'select'])
  })

  it('scores each candidate with both searches', async () => {
    const { trace } = await ask('leaf')
    for (const { stages } of trace.candidates) expect(stages.vector).toBeDefined()
    expect(trace.candidates.filter(({ stages }) => stages.text)).toHaveLength(3)
  })

  it('shows no document before it is ready', async () => {
    const { results, trace, scope } = await ask('million copies')
    expect([...results, ...trace.candidates].map(({ documentId }) => documentId)).not.toContain(testId('document', 4))
    expect(scope).toEqual({ documents: 3, documentsInFilter: 3 })
  })

  it('returns the same text once and says why the other was dropped', async () => {
    const { results, trace } = await ask('Maple Leaf Rag')
    expect(results.filter(({ text }) => text.includes('Maple'))).toHaveLength(1)
    expect(trace.candidates.filter(({ dropped }) => dropped === 'same text as a better result')).toHaveLength(1)
  })

  it('keeps limit and budget and names what they cost', async () => {
    const limited = await ask('Maple Leaf Rag Joplin', { limit: 1 })
    expect(limited.results).toHaveLength(1)
    expect(limited.trace.candidates.some(({ dropped }) => dropped === 'beyond the limit of 1')).toBe(true)
    const budget = await ask('Maple Leaf Rag Joplin', { maxTokens: 20 })
    expect(budget.results.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(20)
    expect(budget.trace.candidates.some(({ dropped }) => dropped === 'beyond the budget of 20 tokens')).toBe(true)
  })

  it('lets another document in where one takes too many places, and says what made way', () => {
    const { db } = temporaryDatabase()
    const chunks = Array.from({ length: 12 }, (_, i) => ({ text: `the maple leaf rag was sold in year ${i}` }))
    insertDocuments(db, [{ id: testId('document', 1), title: '', chunks }, { id: testId('document', 2), title: '', chunks: [{ text: 'the maple leaf rag was also sold in other towns, and played there' }] }], null)
    const found = (options: Partial<RetrievalOptions> = {}) => search(db, { query: 'Where was the maple leaf rag sold?', filters: {}, limit: 6, options }, null)
    const documentsOf = ({ results }: ReturnType<typeof found>) => new Set(results.map(({ documentId }) => documentId))
    expect(documentsOf(found({ documentShare: 1 }))).toEqual(new Set([testId('document', 1)]))
    const spread = found()
    expect(documentsOf(spread)).toEqual(new Set([testId('document', 1), testId('document', 2)]))
    expect(spread.results.at(-1)!.documentId).toBe(testId('document', 2))
    const { candidates } = spread.trace
    expect(candidates.filter(({ dropped }) => dropped === null)).toHaveLength(6)
    expect(candidates.filter(({ dropped }) => dropped === 'beyond 4 of one document: others are nearly as good')).toHaveLength(1)
    const alone = search(db, { query: 'maple leaf rag', filters: { documents: [testId('document', 1)] }, limit: 6 }, null)
    expect(alone.trace.candidates.filter(({ dropped }) => dropped === null)).toHaveLength(6)
  })

  it('holds the filters and says what is there', async () => {
    const { results, scope } = await ask('Maple Leaf Rag', { filters: { documents: [testId('document', 3)] } })
    expect(new Set(results.map(({ documentId }) => documentId))).toEqual(new Set([testId('document', 3)]))
    expect(scope).toEqual({ documents: 3, documentsInFilter: 1 })
    const none = await ask('Maple Leaf Rag', { filters: { since: '2030-01-01T00:00:00Z' } })
    expect(none).toMatchObject({ results: [], scope: { documents: 3, documentsInFilter: 0 }, evidence: null })
    expect(isRelevant(none)).toBe(false)
  })

  it('finds code by parts of its names', async () => {
    const { results } = await ask('where is the piano roll parsed', {}, false)
    expect(results[0]).toMatchObject({ title: 'Code', text: 'export function parsePianoRoll(bytes) {}' })
  })

  it('searches by words alone in keyword mode', async () => {
    const { mode, results, evidence } = await ask('Treemonisha', {}, false)
    expect(mode).toBe('keyword')
    expect(results).toHaveLength(1)
    expect(results[0]).toMatchObject({ text: joplin[2], score: 1 })
    expect(results[0]!.stages).toEqual({ text: expect.anything() as object, fusion: { rank: 1, score: 1 } })
    expect(evidence).toEqual({ similarity: null, coverage: 1, score: 1 })
  })

  it('has evidence for what is there and none for what is not', async () => {
    expect(isRelevant(await ask('When was the Maple Leaf Rag published in Sedalia?'))).toBe(true)
    const off = await ask('Which enzyme fixes carbon during photosynthesis?')
    expect(off.evidence!.coverage).toBe(0)
    expect(isRelevant(off)).toBe(false)
    expect(isRelevant(await ask('photosynthesis', {}, false))).toBe(false)
  })

  it('gives no character of a document twice, and names the best chunk of each result', async () => {
    const own = temporaryDatabase().db
    const chunks = Array.from({ length: 40 }, (_, i) => `Entry ${i} ${i % 3 === 0 ? 'names a piano roll' : 'names a waltz'} of ${1890 + i}. ${'It was sold by mail. '.repeat(i % 5 * 8)}`)
    await fill(own, [{ id: testId('document', 8), chunks }, { id: testId('document', 9), chunks: chunks.map(text => `${text}!`) }])
    let joined = 0
    for (const query of ['piano roll', 'waltz 1905', 'entry 17 sold by mail']) {
      const [embedding] = await embedder.embed([query], 'query')
      const { results, trace } = search(own, { query, filters: {}, limit: 20 }, { embedding: embedding!, embedderId: embedder.id })
      joined += results.filter(({ parts }) => parts).length
      const rank = (chunkId: string) => trace.candidates.findIndex(candidate => candidate.chunkId === chunkId)
      for (const [index, { documentId, start, end, chunkId, parts, tokens, score }] of results.entries()) {
        expect(results.slice(index + 1).filter(other => other.documentId === documentId && other.start < end && start < other.end)).toEqual([])
        const ids = parts?.map(part => part.chunkId) ?? [chunkId]
        expect(ids.toSorted((a, b) => rank(a) - rank(b))[0]).toBe(chunkId)
        expect(score).toBe(trace.candidates[rank(chunkId)]!.score)
        if (parts) expect(tokens).toBeLessThanOrEqual(600)
      }
      expect(results.map(({ chunkId }) => rank(chunkId))).toEqual(results.map(({ chunkId }) => rank(chunkId)).toSorted((a, b) => a - b))
    }
    expect(joined).toBeGreaterThan(0)
  })

  it('runs with other settings when it is asked to, and says with which', async () => {
    const { trace: usual } = await ask('Maple Leaf Rag Joplin')
    const { trace } = await ask('Maple Leaf Rag Joplin', { options: { vectorWeight: 0, candidates: 2 } })
    expect(trace.options).toEqual({ ...usual.options, vectorWeight: 0, candidates: 2 })
    expect(trace.candidates.length).toBeLessThan(usual.candidates.length)
    const texts = trace.candidates.map(({ stages }) => stages.text?.score ?? 0)
    expect(trace.candidates.map(({ score }) => score)).toEqual(texts.map(score => score / Math.max(...texts)))
  })

  it('answers a query without a single word', async () => {
    expect((await ask('?!', {}, false)).results).toEqual([])
    expect((await ask('', {}, false)).results).toEqual([])
    expect((await ask('?!')).mode).toBe('hybrid')
  })

  it('joins neighbours into one passage of the canonical text and knows its chunks', async () => {
    const own = temporaryDatabase().db
    // A canonical text with a gap between the chunks, as paragraphs have.
    const parts = ['Alpha one. ', 'Alpha two. ', 'Beta.']
    const text = parts.join('')
    await fill(own, [{ id: testId('document', 9), chunks: parts.map(part => part.trim()) }])
    own.prepare('UPDATE pages SET text = ?, end = ?').run(text, text.length)
    let start = 0
    for (const [ordinal, part] of parts.entries()) {
      own.prepare('UPDATE chunks SET start = ?, end = ?, sentences = ?, heading_path = ? WHERE ordinal = ?')
        .run(start, start + part.trim().length, JSON.stringify([[start, start + part.trim().length]]), JSON.stringify(['Greek', `Letter ${ordinal}`]), ordinal)
      start += part.length
    }
    const { results } = search(own, { query: 'alpha', filters: {}, limit: 10 }, null)
    expect(results).toHaveLength(1)
    const [merged] = results
    expect(merged).toMatchObject({ start: 0, end: 21, text: text.slice(0, 21), sentences: [[0, 10], [11, 21]], headingPath: ['Greek'] })
    const [one, two] = merged!.parts!
    expect([0, 10, 11, 20].map(position => chunkAt(merged!, position).chunkId)).toEqual([one, one, two, two].map(part => part!.chunkId))
    expect(chunkAt(merged!, 20)).toMatchObject({ score: two!.score, headingPath: ['Greek', 'Letter 1'], start: 0, end: 21 })
  })
})
