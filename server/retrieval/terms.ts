import { splitScripts } from './grams.ts'
import { isDenseStopWord, isStopWord, questionLanguages } from './languages.ts'

/** What FTS5's unicode61 takes for a word, with the underscores and inner capitals that make an identifier. */
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:_+[\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*/gu
/** Between a small letter or digit and a capital, and before the last capital of an abbreviation: utf8Decode, HTTPServer. */
const INNER_CAPITAL = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u
/** A query can be a pasted page; past this many words more of them only cost time. */
const MAX_TERMS = 64

/** Splits camelCase and snake_case: `parseHTTPBody_v2` → parse, HTTP, Body, v2. A plain word comes back alone. */
export function splitIdentifier(word: string): string[] {
  return word.split(/_+/).flatMap(part => part.split(INNER_CAPITAL)).filter(part => part !== '')
}

/** The parts of every identifier in a text that has more than one, for the full-text index to find them by. */
export function identifierParts(text: string): string[] {
  const parts = new Set<string>()
  for (const [word] of text.matchAll(WORD)) {
    // unicode61 already breaks at underscores; what it cannot see is the inner capital.
    const split = splitIdentifier(word)
    if (split.length > 1 && INNER_CAPITAL.test(word)) for (const part of split) parts.add(part)
  }
  return [...parts]
}

/** The words of a text as a person counts them, in lower case; a run of a script without spaces counts as one. */
export function plainWords(text: string): string[] {
  return (text.match(WORD) ?? []).map(word => word.toLowerCase())
}

/**
 * The words a query searches for, lower-cased and each once, in order: identifiers whole and in parts, runs of scripts
 * without spaces in words, the function words of the query's own language dropped unless nothing else is left.
 */
export function queryTerms(query: string): string[] {
  const words = query.normalize('NFC').match(WORD) ?? []
  const isFunctionWord = functionWords(words)
  const all = new Set<string>()
  const kept = new Set<string>()
  for (const word of words) {
    for (const term of termsOf(word)) {
      const lower = term.toLowerCase()
      all.add(lower)
      if (!isFunctionWord(lower)) kept.add(lower)
    }
    if (kept.size >= MAX_TERMS) break
  }
  return [...(kept.size > 0 ? kept : all)].slice(0, MAX_TERMS)
}

/** The parts of a query's identifiers that are no words of it by themselves, in lower case. */
export function piecesOf(query: string): Set<string> {
  const words = query.normalize('NFC').match(WORD) ?? []
  const pieces = new Set(words.flatMap(word => splitIdentifier(word)).map(part => part.toLowerCase()))
  for (const word of words) pieces.delete(word.toLowerCase())
  return pieces
}

/** English counts for a query that could as well be English, and for one without any function word. */
function functionWords(words: string[]): (word: string) => boolean {
  const languages = questionLanguages(words.map(word => word.toLowerCase()))
  const own = languages.length === 0 || languages[0] === 'en' ? ['en'] : languages
  return word => isDenseStopWord(word) || own.some(code => isStopWord(word, code))
}

function termsOf(word: string): Set<string> {
  return new Set(splitScripts(word).flatMap(({ text, dense }) => dense ? denseWords(text) : [text, ...splitIdentifier(text)]))
}

/** Words of scripts without spaces, by the dictionaries of ICU. Only queries are cut so: the index has every pair of letters, so another dictionary finds the same. */
const SEGMENTER = new Intl.Segmenter('ja', { granularity: 'word' })

function denseWords(run: string): string[] {
  return [...SEGMENTER.segment(run)].map(({ segment }) => segment)
}
