import type { Language } from '../retrieval/languages.ts'
import { textWords, topicWords } from './terms.ts'

/** Words of this many letters that begin alike are taken for forms of one word, in any language. */
const BEGINNING = 5
/** "compose" and "composer", "Stadt" and "Städte": likely the same word, not surely. */
const ALIKE = 0.6
/** A shorter word is seldom made of several, and in a part of fewer letters there are too many by chance. */
const MIN_COMPOUND = 9
const MIN_PART = 4

/** The words of a text, for looking up those of a question. */
export class Topic {
  readonly words: Set<string>
  /** That of the words, as question and text share it; null for English. */
  readonly language: Language | null
  readonly #beginnings: Set<string>
  readonly #compounds: string[]

  constructor(words: Iterable<string>, language: Language | null = null) {
    this.words = new Set(words)
    this.language = language
    this.#beginnings = new Set([...this.words].filter(word => word.length >= BEGINNING).map(word => word.slice(0, BEGINNING)))
    this.#compounds = language?.compounds ? [...this.words].filter(word => word.length >= MIN_COMPOUND) : []
  }

  static of(text: string, language: Language | null = null): Topic {
    return new Topic(textWords(text, language), language)
  }

  /** 1 for the word itself, less for one that begins like it or, in a language that writes them as one, is a part of a compound; 0 where there is none. */
  holds(word: string): number {
    if (this.words.has(word)) return 1
    if (word.length >= BEGINNING && this.#beginnings.has(word.slice(0, BEGINNING))) return ALIKE
    return word.length >= MIN_PART && this.#compounds.some(compound => compound.includes(word)) ? ALIKE : 0
  }

  with(other: Topic): Topic {
    return new Topic([...this.words, ...other.words], this.language)
  }
}

/** A word of a question, and how much it says among the sentences that were found. */
export interface AskedWord {
  word: string
  /** Larger for what few sentences contain, largest for what none does. */
  weight: number
  /** A name or a number: it can be left unsaid in the answering sentence (“He was born in …”), but not made up. */
  named: boolean
}

/** Capitalised inside the question, or a number. */
const NAMED = /(?<=\S\s+["'“‘(]?)\p{Lu}[\p{L}\p{N}'’-]*|\p{N}[\p{N}.,]*/gu

/** The words of a question, weighted by how few of the texts contain them. */
export function askedWords(question: string, texts: Topic[]): AskedWord[] {
  const language = texts[0]?.language ?? null
  const named = new Set([...question.matchAll(NAMED)].flatMap(([name]) => topicWords(name, language)))
  return topicWords(question, language).map((word) => {
    const containing = texts.filter(topic => topic.words.has(word)).length
    return { word, weight: Math.log(1 + texts.length / (1 + containing)), named: named.has(word) }
  })
}

/** Share of the words' weight that a text holds, 0 to 1; `none` where there are no words. */
export function coverage(asked: AskedWord[], topic: Topic, none = 0): number {
  const total = asked.reduce((sum, { weight }) => sum + weight, 0)
  return total > 0 ? asked.reduce((sum, { word, weight }) => sum + weight * topic.holds(word), 0) / total : none
}
