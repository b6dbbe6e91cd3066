import { beforeAll, describe, expect, it } from 'vitest'
import type { Db } from '../../../../server/db/connection.ts'
import { ensureVectorIndex } from '../../../../server/db/vectors.ts'
import { mixDefinition } from '../../../../server/retrieval/definitions.ts'
import { search } from '../../../../server/retrieval/search.ts'
import type { SearchRequest } from '../../../../server/retrieval/types.ts'
import { insertDocuments, testId } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { createHashEmbedder } from '../../support/hash-embedder.ts'

const embedder = createHashEmbedder()
const calls = ['parseBody(head); parseBody(tail); // parseBody twice', 'if (parseBody(text)) parseBody(rest)']
const definition = 'export function parseBody(text: string): Body {\n  const lines = text.split(separator).map(trimmed).filter(line => line.length > 0)\n  return new Body(lines)\n}'

describe('favourDefinitions', () => {
  let db: Db
  beforeAll(async () => {
    ({ db } = temporaryDatabase())
    ensureVectorIndex(db, { embedderId: embedder.id, dimensions: embedder.dimensions })
    for (const [index, text] of [...calls, definition].entries()) {
      const [embedding] = await embedder.embed([text], 'document')
      insertDocuments(db, [{ id: testId('document', index), title: `File ${index}`, chunks: [{ text, embedding: embedding! }] }], embedder.id)
    }
  })
  const ask = async (query: string, request: Partial<SearchRequest> = {}) => {
    const [embedding] = await embedder.embed([query], 'query')
    return search(db, { query, filters: {}, limit: 10, ...request }, { embedding: embedding!, embedderId: embedder.id })
  }
  const found = async (...args: Parameters<typeof ask>) => (await ask(...args)).results.map(({ text }) => text)

  it('puts what defines a name before what uses it', async () => {
    expect((await found('What is parseBody?', { options: { definitionWeight: 0 } })).at(-1)).toBe(definition)
    expect((await found('What is parseBody?', { options: { definitionWeight: 0.5 } }))[0]).toBe(definition)
  })

  it('gives each candidate the rank and the score that it has then, at most 1', async () => {
    const { trace } = await ask('What is parseBody?', { options: { definitionWeight: 0.5 } })
    expect(trace.candidates.map(({ stages }) => stages.fusion!.rank)).toEqual([1, 2, 3])
    for (const { score, stages } of trace.candidates) {
      expect(score).toBe(stages.fusion!.score)
      expect(score).toBeLessThanOrEqual(1)
    }
  })

  it('changes nothing where nothing is named, or no candidate defines it', async () => {
    for (const query of ['separator of lines', 'What is splitLines, and where are its lines trimmed?']) {
      const [off, on] = await Promise.all([0, 0.5].map(definitionWeight => ask(query, { options: { definitionWeight } })))
      expect(on!.trace.candidates).toEqual(off!.trace.candidates)
    }
  })

  it('counts what is defined as evidence, where anything is', async () => {
    expect((await ask('What is parseBody?')).evidence).toMatchObject({ defines: 1 })
    expect((await ask('How do parseBody and splitLines differ?')).evidence).toMatchObject({ defines: 0.5 })
    expect((await ask('What is splitLines?')).evidence).not.toHaveProperty('defines')
    expect((await ask('What is parseBody?', { options: { definitionWeight: 0 } })).evidence).not.toHaveProperty('defines')
  })

  it('explains a document by the score that it has then', async () => {
    const { explained, trace } = await ask('What is parseBody?', { explain: testId('document', 2) })
    expect(explained!.candidate).toMatchObject({ score: trace.candidates.find(({ documentId }) => documentId === testId('document', 2))!.score })
  })

  it('does not search for what kind of thing a name is', async () => {
    expect((await ask('Where is the parseBody function with its lines?')).trace.terms).toEqual(['parsebody', 'parse', 'body', 'lines'])
  })
})

describe('mixDefinition', () => {
  it('leaves a score alone where nothing is defined', () => {
    expect(mixDefinition(0.8, undefined, 0.2)).toBe(0.8)
    expect(mixDefinition(0.8, 0, 0.25)).toBeCloseTo(0.6)
    expect(mixDefinition(0.8, 1, 0.25)).toBeCloseTo(0.85)
  })
})
