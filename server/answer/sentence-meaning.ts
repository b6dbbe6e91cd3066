import type { Embedder, TokenEmbedder } from '../embed/types.ts'
import { interactions } from '../retrieval/interaction.ts'
import type { Candidate } from './sentences.ts'

/** How near a sentence is to the question in meaning. */
export interface SentenceMeaning {
  /** Cosine of the two; 0 where token vectors say it better. */
  similarity: number
  /** Late interaction of the question with the sentence; 0 where there are no token vectors. */
  interaction: number
  /** The same with the sentence as it reads after the one before it, so that “it” has a meaning. */
  inContext: number
}

/** Of the sentence before, the end is enough to say who “he” is. */
const CONTEXT_CHARS = 240

/**
 * By the token vectors where the embedder has them, two texts a sentence, else by one vector each. Sentences go as
 * `query`, because a person is waiting for them.
 */
export async function sentenceMeanings(question: string, sentences: Candidate[], embedder: Embedder, signal: AbortSignal): Promise<SentenceMeaning[]> {
  if (embedder.tokens) return interact(question, sentences, embedder, embedder.tokens, signal)
  const [asked, ...vectors] = await embedder.embed([question, ...sentences.map(({ said }) => said)], 'query', signal)
  return vectors.map(vector => ({ similarity: dot(asked!, vector), interaction: 0, inContext: 0 }))
}

async function interact(
  question: string, sentences: Candidate[], embedder: Embedder, tokens: TokenEmbedder, signal: AbortSignal,
): Promise<SentenceMeaning[]> {
  const { dimensions } = embedder
  const [asked, ...signs] = await Promise.all([
    tokens.query(question, signal),
    ...sentences.map(async ({ said: text, before }) => {
      const context = before?.text.slice(-CONTEXT_CHARS)
      const [own, both] = await Promise.all([tokens.document(text, signal), context === undefined ? null : tokens.document(`${context} ${text}`, signal)])
      // Its own tokens are the last ones; a text that was cut at the window's end has lost some.
      const isCut = context !== undefined && embedder.countTokens(`${context} ${text}`) > embedder.window - 2
      return { own, inContext: both && !isCut && both.length > own.length ? both.subarray(both.length - own.length) : own }
    }),
  ])
  const own = interactions(asked, signs.map(({ own }) => own), dimensions)
  const inContext = interactions(asked, signs.map(({ inContext }) => inContext), dimensions)
  return signs.map((_, index) => ({ similarity: 0, interaction: own[index]!, inContext: inContext[index]! }))
}

/** Cosine of unit vectors. */
function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
