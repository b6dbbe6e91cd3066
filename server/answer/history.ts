import type { Turn } from './types.ts'

/** Enough for a conversation to hang together; older turns go first. */
const MAX_TURNS = 8
const MAX_CHARACTERS = 16_000
/** A pasted page in an old turn must not push out the turns around it. */
const MAX_TURN_CHARACTERS = 4_000

/** The newest turns that fit, oldest first, as question and answer in alternation. */
export function boundHistory(pairs: { question: string, answer: string }[]): Turn[] {
  const kept: Turn[] = []
  let characters = 0
  for (const pair of pairs.slice(-MAX_TURNS).reverse()) {
    const question = shorten(pair.question)
    const answer = shorten(pair.answer)
    characters += question.length + answer.length
    if (characters > MAX_CHARACTERS) break
    kept.unshift({ role: 'user', content: question }, { role: 'assistant', content: answer })
  }
  return kept
}

function shorten(text: string): string {
  return text.length <= MAX_TURN_CHARACTERS ? text : `${text.slice(0, MAX_TURN_CHARACTERS).trimEnd().toWellFormed()} …`
}
