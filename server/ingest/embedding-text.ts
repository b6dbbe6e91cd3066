import type { Embedder } from '../embed/types.ts'

/** Tokens that the model adds to each text. */
const SPECIAL_TOKENS = 2

/** A shorter beginning of a context says nothing. */
const LEAST_CONTEXT_TOKENS = 8

/**
 * What is embedded for a chunk: its text after "title › heading › heading", which says what a paragraph is about when
 * its own words do not, and after its context, where a model has written one. The prefix is shortened, from the title inwards,
 * until the whole fits the model's window, since what does not fit would be cut from the end of the text; the context has what
 * room is left.
 */
export function embeddingText(chunk: { headingPath: string[], text: string, tokens: number, context?: string | null }, title: string, embedder: Pick<Embedder, 'window' | 'countTokens'>): string {
  const room = embedder.window - chunk.tokens - SPECIAL_TOKENS
  const prefix = prefixOf(chunk, title, room, embedder)
  const context = chunk.context ? cutToRoom(chunk.context, room - embedder.countTokens(prefix), embedder) : ''
  return [prefix, context, chunk.text].filter(part => part !== '').join('\n')
}

function prefixOf(chunk: { headingPath: string[], text: string }, title: string, room: number, embedder: Pick<Embedder, 'countTokens'>): string {
  // A chunk that opens with its headings need not hear them twice.
  const path = [title, ...chunk.headingPath.filter(heading => !chunk.text.startsWith(heading))]
  for (let from = 0; from < path.length; from++) {
    const prefix = path.slice(from).join(' › ')
    if (embedder.countTokens(prefix) <= room) return prefix
  }
  return ''
}

/** The beginning of a context, between words; empty where too little of it would fit. */
function cutToRoom(context: string, room: number, embedder: Pick<Embedder, 'countTokens'>): string {
  if (embedder.countTokens(context) <= room) return context
  if (room < LEAST_CONTEXT_TOKENS) return ''
  const ends = [...context.matchAll(/\s+/g)].map(({ index }) => index)
  const fits = ends.findLast(end => embedder.countTokens(context.slice(0, end)) <= room) ?? 0
  return context.slice(0, fits)
}
