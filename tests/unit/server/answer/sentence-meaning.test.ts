import { describe, expect, it } from 'vitest'
import { sentenceMeanings } from '../../../../server/answer/sentence-meaning.ts'
import { candidateSentences } from '../../../../server/answer/sentences.ts'
import type { Embedder } from '../../../../server/embed/types.ts'
import { insertDocument } from './fixtures.ts'
import { temporaryDatabase } from '../../support/database.ts'

const { db } = temporaryDatabase()
const candidates = candidateSentences('', insertDocument(db, { title: 'Joplin', paragraphs: ['Scott Joplin lived in Sedalia. He composed the Maple Leaf Rag. The lake there is deep.'] }))
const signal = new AbortController().signal

/** One dimension a word, so that only equal words are near. */
const VOCABULARY = ['scott', 'joplin', 'lived', 'in', 'sedalia', 'he', 'composed', 'the', 'maple', 'leaf', 'rag', 'lake', 'there', 'is', 'deep', 'who']
const wordsOf = (text: string) => text.toLowerCase().match(/\p{L}+/gu) ?? []
const position = (word: string) => VOCABULARY.indexOf(word)

function embedder(asked: string[], tokens: boolean): Embedder {
  return {
    id: 'test', dimensions: 16, window: 64, close: async () => {},
    countTokens: text => wordsOf(text).length,
    embed: async (texts) => {
      asked.push(...texts)
      return texts.map(text => Float32Array.from({ length: 16 }, (_, d) => wordsOf(text).some(word => position(word) === d) ? 0.5 : 0))
    },
    ...tokens && {
      tokens: {
        query: async text => Float32Array.from(wordsOf(text).flatMap(word => Array.from({ length: 16 }, (_, d) => d === position(word) ? 1 : 0))),
        document: async (text) => {
          asked.push(text)
          return Uint8Array.from(wordsOf(text).flatMap((word) => {
            const bit = position(word)
            return [bit < 8 ? 1 << bit : 0, bit < 8 ? 0 : 1 << (bit - 8)]
          }))
        },
      },
    },
  }
}

describe('sentenceMeanings', () => {
  it('compares one vector each where there are no token vectors', async () => {
    const asked: string[] = []
    const meanings = await sentenceMeanings('Who composed the Maple Leaf Rag?', candidates, embedder(asked, false), signal)
    expect(asked).toHaveLength(1 + candidates.length)
    expect(meanings[1]!.similarity).toBeGreaterThan(meanings[0]!.similarity)
    expect(meanings.every(({ interaction, inContext }) => interaction === 0 && inContext === 0)).toBe(true)
  })

  it('lets the question interact with each sentence, alone and after the one before it', async () => {
    const asked: string[] = []
    const meanings = await sentenceMeanings('Who composed the Maple Leaf Rag?', candidates, embedder(asked, true), signal)
    expect(asked).toContain('He composed the Maple Leaf Rag.')
    expect(asked).toContain('Scott Joplin lived in Sedalia. He composed the Maple Leaf Rag.')
    expect(meanings[1]!.interaction).toBeGreaterThan(meanings[0]!.interaction)
    expect(meanings[1]!.interaction).toBeGreaterThan(meanings[2]!.interaction)
    // Only its own tokens count in context, and here they are the same ones.
    expect(meanings[1]!.inContext).toBeCloseTo(meanings[1]!.interaction)
  })

  it('leaves the context out where it does not fit into the window', async () => {
    const narrow = { ...embedder([], true), window: 8 }
    const meanings = await sentenceMeanings('Who composed the Maple Leaf Rag?', candidates, narrow, signal)
    expect(meanings[1]!.inContext).toBeCloseTo(meanings[1]!.interaction)
  })
})
