import { denseGrams, denseRuns, isDense } from '../retrieval/grams.ts'
import { findLanguage, questionLanguages, textLanguage, type Language } from '../retrieval/languages.ts'
import { plainWords, queryTerms } from '../retrieval/terms.ts'
import { baseForm } from './english-forms.ts'

/**
 * A light English stemmer (irregular forms, plural, past, -ing, -ly), after the first steps of Porter's. It only has to bring
 * the words of a question and of a sentence together; both sides go through it.
 */
export function stem(word: string): string {
  let stem = baseForm(word)
  if (stem.length > 4 && stem.endsWith('ies')) stem = `${stem.slice(0, -3)}y`
  else if (stem.length > 4 && /(?:ss|sh|ch|x|z)es$/.test(stem)) stem = stem.slice(0, -2)
  else if (stem.length > 3 && stem.endsWith('s') && !/(?:ss|us|is)$/.test(stem)) stem = stem.slice(0, -1)
  const inflected = /^(.*[aeiouy].*?)(?:ing|ed|ly)$/.exec(stem)
  if (inflected && inflected[1]!.length >= 3) {
    stem = inflected[1]!
    if (/([bdfgmnprt])\1$/.test(stem)) stem = stem.slice(0, -1)
  }
  return stem.length > 3 && stem.endsWith('e') ? stem.slice(0, -1) : stem
}

/** Shorter words have no endings to lose. */
const MIN_STEM = 3
const MARKS = /\p{M}/gu

/**
 * The language whose stemmer brings question and texts together, which both go through: one that the question may be in, the one that
 * most of the texts are in where it may be several, or where it has no function word to tell. Null: English, or one without a stemmer.
 */
export function sharedLanguage(question: string, texts: string[]): Language | null {
  const asked = questionLanguages(plainWords(question.normalize('NFC')))
  if (asked.length === 1 || asked[0] === 'en') return findLanguage(asked[0]!)
  const counts = new Map<string, number>()
  for (const text of texts) {
    const code = textLanguage(plainWords(text))
    if (code !== null && (asked.length === 0 || asked.includes(code))) counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  return findLanguage([...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? asked[0] ?? null)
}

/**
 * The words of a question that say what it is about: stemmed, each once, stop-words left out. Words of scripts without spaces come as
 * pairs of letters, since a dictionary may cut them otherwise than in the text.
 */
export function topicWords(text: string, language: Language | null = null): string[] {
  return [...new Set(queryTerms(text).flatMap(term => isDense(term) ? wholeGrams(term) : stemIn(term, language)))]
}

/** The same of a text in which they are looked up: here a pair of letters may also lie across two words, and a letter is a word. */
export function textWords(text: string, language: Language | null = null): string[] {
  const dense = denseRuns(text).flatMap(run => denseGrams(run).flatMap(gram => [...gram].map((_, end, letters) => letters.slice(0, end + 1).join(''))))
  return [...new Set([...queryTerms(text).filter(term => !isDense(term)).map(term => stemIn(term, language)), ...dense])]
}

function stemIn(word: string, language: Language | null): string {
  if (!language) return stem(word)
  return (word.length < MIN_STEM || /\p{N}/u.test(word) ? word : language.stem(word)).normalize('NFD').replace(MARKS, '')
}

/** Of a run's grams those that are as long as the first: the last ones only say that it ends there. */
function wholeGrams(run: string): string[] {
  const grams = denseGrams(run)
  return grams.filter(gram => gram.length === grams[0]!.length)
}
