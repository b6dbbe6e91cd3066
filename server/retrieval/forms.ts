import { compoundGrams, compoundPhrase, denseGrams, densePhrase, denseRuns, isDense } from './grams.ts'
import { findLanguage, isStopWord, listLanguages, questionLanguages, textLanguage, type Language } from './languages.ts'
import { codeNames } from './names.ts'
import { piecesOf, plainWords, queryTerms } from './terms.ts'
import type { RetrievalOptions } from './types.ts'

/**
 * What the index has of a text besides its words, and what of it a query's word is looked for by. Both are made here, so
 * that they agree; {@link FORMS_VERSION} tells indexes apart that were made by other rules.
 *
 * The full text (entries and stored content) of the compiler messages of one program in several languages, against that of
 * their words alone: French, Spanish, Italian, Portuguese and Russian 1.9 times, Turkish 1.5, Chinese 3.0,
 * Japanese 2.9, Korean 3.5, German 3.8, without parts of compounds 1.9. An English text has none of it. A chunk takes some 0.4 ms to prepare.
 */
export const FORMS_VERSION = 2

/** One way to find a term: index entries side by side, or with `prefix` one that begins so. */
export interface Form {
  phrase: string
  prefix?: boolean
  /** Counts as often; once where absent. */
  times?: number
}
/** A word of the query and what counts as finding it: its forms and, where few chunks have those, its parts or what it is a part of. */
export interface QueryTerm { term: string, forms: Form[], parts: Form[] }

/** A whole word in another form counts more than a part of a compound; as it stands in the question it counts once more. */
const STEM_TIMES = 2
/**
 * What counts as a word counts so often as a piece of an identifier. With each as much as a word, a name such as SuperGLUE
 * counts three times and says too little about where in a paper on it something stands: the page among five chunks of the papers
 * 75.0 → 80.0, in both halves of the questions by 5; code (nDCG 78.1 → 78.3), XQuAD and the chunking corpora as they were. A
 * fourth gave the same, but Pass@5 of code 86.1 instead of 86.9.
 */
const PIECES_A_WORD = 2
/** Shorter words have no endings to lose. */
const MIN_STEM = 3
const HAS_DIGIT = /\p{N}/u

/**
 * Entries for words in other forms: stems and parts of compounds in the text's language, pairs of letters in scripts
 * without spaces. None for an English text, whose words the index's tokenizer stems.
 *
 * @param language of the text; the mark of it is an entry as well, by which {@link queryForms} knows that it is there
 */
export function indexForms(text: string, language: Language | null): string[] {
  const grams = denseRuns(text).flatMap(denseGrams)
  if (!language) return grams
  const words = plainWords(text).filter(word => isStemmed(word) && !isStopWord(word, language.code))
  const stems = words.map(word => language.stem(word) + language.mark)
  const parts = language.compounds ? [...new Set(words)].flatMap(compoundGrams) : []
  return [language.mark, ...stems, ...parts, ...grams]
}

/**
 * The language of each of several texts of one document, where its words are stemmed here; null: English, or one that is not
 * known. A text that has too few words to tell, a row of a table or a caption, is taken to be in that of most others.
 */
export function languagesOf(texts: string[]): (Language | null)[] {
  const codes = texts.map(text => textLanguage(plainWords(text)))
  const counts = new Map<string, number>()
  for (const code of codes) if (code !== null) counts.set(code, (counts.get(code) ?? 0) + 1)
  const commonest = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null
  return codes.map(code => findLanguage(code ?? commonest))
}

/**
 * The terms of a query with their forms in the languages that it may be in. What only says which kind of thing a name beside it
 * is, “the `hash` method”, is none: few chunks of code have such a word, in comments on other things, so it would weigh much.
 *
 * @param present whether the index has texts in a language
 */
export function queryForms(query: string, present: (language: Language) => boolean, { stems, grams }: Pick<RetrievalOptions, 'stems' | 'grams'>): QueryTerm[] {
  const spoken = questionLanguages(plainWords(query.normalize('NFC')))
  const languages = listLanguages().filter(({ code }) => spoken.length === 0 || spoken.includes(code)).filter(present)
  const { kinds } = codeNames(query)
  const pieces = piecesOf(query)
  const terms = queryTerms(query).filter(term => !kinds.includes(term)).map((term): QueryTerm => {
    if (isDense(term)) return grams ? denseForms(term) : { term, forms: [{ phrase: term }], parts: [] }
    const spoken = isStemmed(term) ? languages.map(language => ({ ...language, root: language.stem(term) })) : []
    return {
      term,
      forms: [{ phrase: term }, ...stems ? spoken.map(({ root, mark }) => ({ phrase: root + mark, times: STEM_TIMES })) : []],
      parts: grams ? [...new Set(spoken.flatMap(({ root, compounds }) => compounds ? compoundPhrase(root) ?? [] : []))].map(phrase => ({ phrase })) : [],
    }
  })
  return pieces.size === 0 ? terms : terms.map(term => pieces.has(term.term) ? term : weighMore(term))
}

function weighMore({ term, forms, parts }: QueryTerm): QueryTerm {
  const more = (list: Form[]) => list.map((form): Form => ({ ...form, times: PIECES_A_WORD * (form.times ?? 1) }))
  return { term, forms: more(forms), parts: more(parts) }
}

/** A longer word also by its pairs of letters: what the query's dictionary takes for one word may be two in the text. */
function denseForms(term: string): QueryTerm {
  const whole = densePhrase(term)
  const pairs = whole.phrase.split(' ')
  return { term, forms: [whole], parts: pairs.length < 2 ? [] : pairs.map(phrase => ({ phrase })) }
}

function isStemmed(word: string): boolean {
  return word.length >= MIN_STEM && !HAS_DIGIT.test(word)
}
