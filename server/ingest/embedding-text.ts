import type { Embedder } from '../embed/types.ts'

/** Tokens that the model adds to each text. */
const SPECIAL_TOKENS = 2

/**
 * What is embedded for a chunk: its text after "title › heading › heading", which says what a paragraph is about when
 * its own words do not. The prefix is shortened, from the title inwards, until the whole fits the model's window, since
 * what does not fit would be cut from the end of the text.
 */
export function embeddingText(chunk: { headingPath: string[], text: string, tokens: number }, title: string, embedder: Pick<Embedder, 'window' | 'countTokens'>): string {
  const room = embedder.window - chunk.tokens - SPECIAL_TOKENS
  // A chunk that opens with its headings need not hear them twice.
  const path = [title, ...chunk.headingPath.filter(heading => !chunk.text.startsWith(heading))]
  for (let from = 0; from < path.length; from++) {
    const prefix = path.slice(from).join(' › ')
    if (embedder.countTokens(prefix) <= room) return `${prefix}\n${chunk.text}`
  }
  return chunk.text
}
