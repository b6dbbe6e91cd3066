import { queryTerms } from '../retrieval/terms.ts'
import { stem, topicWords } from './terms.ts'

/** Words of this many letters that begin alike are taken for forms of one word, in any language. */
const BEGINNING = 5
/** "compose" and "composer", "Stadt" and "Städte": likely the same word, not surely. */
const ALIKE = 0.6

/** The words of a text, for looking up those of a question. */
export class Topic {
  readonly words: Set<string>
  readonly #beginnings: Set<string>

  constructor(words: Iterable<string>) {
    this.words = new Set(words)
    this.#beginnings = new Set([...this.words].filter(word => word.length >= BEGINNING).map(word => word.slice(0, BEGINNING)))
  }

  static of(text: string): Topic {
    return new Topic(topicWords(text))
  }

  /** 1 for the word itself, less for one that begins like it, 0 where there is none. */
  holds(word: string): number {
    if (this.words.has(word)) return 1
    return word.length >= BEGINNING && this.#beginnings.has(word.slice(0, BEGINNING)) ? ALIKE : 0
  }

  with(other: Topic): Topic {
    return new Topic([...this.words, ...other.words])
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
  const named = new Set([...question.matchAll(NAMED)].flatMap(([name]) => queryTerms(name).map(stem)))
  return topicWords(question).map((word) => {
    const containing = texts.filter(topic => topic.words.has(word)).length
    return { word, weight: Math.log(1 + texts.length / (1 + containing)), named: named.has(word) }
  })
}

/** Share of the words' weight that a text holds, 0 to 1; `none` where there are no words. */
export function coverage(asked: AskedWord[], topic: Topic, none = 0): number {
  const total = asked.reduce((sum, { weight }) => sum + weight, 0)
  return total > 0 ? asked.reduce((sum, { word, weight }) => sum + weight * topic.holds(word), 0) / total : none
}
