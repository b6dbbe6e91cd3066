import { queryTerms } from '../retrieval/terms.ts'

/**
 * A light English stemmer (plural, past, -ing, -ly), after the first steps of Porter's. It only has to bring the words
 * of a question and of a sentence together; both sides go through it.
 */
export function stem(word: string): string {
  let stem = word
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

/** The words of a text that say what it is about: stemmed, each once, stop-words left out. */
export function topicWords(text: string): string[] {
  return [...new Set(queryTerms(text).map(stem))]
}
