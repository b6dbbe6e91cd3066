/**
 * English function words and question words. They say how something is asked, not what about; without them the
 * codebase questions' Pass@5 went from 66.6 to 77.6. The pieces of contractions (don't → don, t) are among them.
 */
const STOP_WORDS = new Set(`
a about above after again against ain all also although am an and any are aren as at be because been before being below
between both but by can could couldn d did didn do does doesn doing don down during each either else ever few for from
further had hadn has hasn have haven having he her here hers herself him himself his how however i if in into is isn it its
itself just ll m may me might mightn more most much must mustn my myself need needn no nor not now o of off on once one only
or other our ours ourselves out over own re s same shall shan she should shouldn so some such t than that the their theirs
them themselves then there these they this those through to too under until up upon us ve very was wasn we were weren what
when where whether which while who whom whose why will with within without won would wouldn you your yours yourself
yourselves give tell please describe explain according
`.trim().split(/\s+/))

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

/**
 * The words a query searches for, lower-cased and each once, in order: identifiers whole and in parts, stop-words
 * dropped unless nothing else is left.
 */
export function queryTerms(query: string): string[] {
  const all = new Set<string>()
  const kept = new Set<string>()
  for (const [word] of query.normalize('NFC').matchAll(WORD)) {
    for (const term of new Set([word, ...splitIdentifier(word)])) {
      const lower = term.toLowerCase()
      all.add(lower)
      if (!STOP_WORDS.has(lower)) kept.add(lower)
    }
    if (kept.size >= MAX_TERMS) break
  }
  return [...(kept.size > 0 ? kept : all)].slice(0, MAX_TERMS)
}
