import { textOf, type Line } from './lines.ts'

const MAX_WORDS = 200_000

/** The document's own words decide whether a hyphen at a line's end is part of the word. */
export class Vocabulary {
  readonly #words = new Map<string, number>()

  /** Counts the words of a line, except a last one that is broken off and a first one that may be its other half. */
  add(line: Line): void {
    if (this.#words.size > MAX_WORDS) return
    const words = textOf(line).toLowerCase().split(/[^\p{L}\p{M}\p{N}\-’']+/u)
    for (const word of words.slice(1)) if (word && !/-$/.test(word)) this.#words.set(word, (this.#words.get(word) ?? 0) + 1)
  }

  #count(word: string): number {
    return this.#words.get(word.toLowerCase()) ?? 0
  }

  /** True when `before-` at a line's end and `after` at the next one's start are one word without the hyphen. */
  isHyphenation(before: string, after: string): boolean {
    if (/\p{N}$/u.test(before) || /^\p{N}/u.test(after)) return false
    const joined = this.#count(before + after)
    const hyphenated = this.#count(`${before}-${after}`)
    if (/^\p{Lu}/u.test(after)) return /\p{Lu}$/u.test(before) && joined > hyphenated
    if (joined !== hyphenated) return joined > hyphenated
    if (before.includes('-')) return false
    // Two halves that are both words of the document by themselves are a compound: task-specific.
    return !(this.#count(before) > 1 && this.#count(after) > 1 && before.length > 2 && after.length > 3)
  }
}
