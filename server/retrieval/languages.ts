import { stemmer as arabic } from '@orama/stemmers/arabic'
import { stemmer as danish } from '@orama/stemmers/danish'
import { stemmer as dutch } from '@orama/stemmers/dutch'
import { stemmer as finnish } from '@orama/stemmers/finnish'
import { stemmer as french } from '@orama/stemmers/french'
import { stemmer as german } from '@orama/stemmers/german'
import { stemmer as greek } from '@orama/stemmers/greek'
import { stemmer as hungarian } from '@orama/stemmers/hungarian'
import { stemmer as italian } from '@orama/stemmers/italian'
import { stemmer as norwegian } from '@orama/stemmers/norwegian'
import { stemmer as portuguese } from '@orama/stemmers/portuguese'
import { stemmer as romanian } from '@orama/stemmers/romanian'
import { stemmer as russian } from '@orama/stemmers/russian'
import { stemmer as spanish } from '@orama/stemmers/spanish'
import { stemmer as swedish } from '@orama/stemmers/swedish'
import { stemmer as turkish } from '@orama/stemmers/turkish'
import { DENSE_STOP_WORDS, STOP_WORDS } from './stop-words.ts'

/** A language whose words are also found in other forms. English is not one: the index's own tokenizer stems it (porter). */
export interface Language {
  code: string
  /** Brings the forms of a word together; it takes lower case. */
  stem: (word: string) => string
  /** A character of a private use area (E5E0 …) that every index entry of this language ends with, so that its stems meet no word of another one. */
  mark: string
  /** It writes compounds as one word. */
  compounds: boolean
}

/** The order gives the marks, which stand in indexes: add at the end. */
const LANGUAGES = Object.entries<[stem: (word: string) => string, compounds?: 'compounds']>({
  de: [german, 'compounds'], nl: [dutch, 'compounds'], sv: [swedish, 'compounds'], da: [danish, 'compounds'], no: [norwegian, 'compounds'],
  fi: [finnish, 'compounds'], hu: [hungarian, 'compounds'], fr: [french], es: [spanish], it: [italian], pt: [portuguese], ro: [romanian],
  tr: [turkish],
  // Other languages in Cyrillic letters share most function words and endings with it, and both sides are cut alike.
  ru: [russian],
  el: [greek], ar: [arabic],
}).map(([code, [stem, compounds]], index): Language => ({ code, stem, mark: String.fromCharCode(0xE5E0 + index), compounds: compounds !== undefined }))

export function listLanguages(): readonly Language[] {
  return LANGUAGES
}

/** Null for English and for codes that are none of {@link listLanguages}. */
export function findLanguage(code: string | null): Language | null {
  return LANGUAGES.find(language => language.code === code) ?? null
}

const ENGLISH = 'en'
/** Languages by function word. */
const SPEAKERS = new Map<string, Set<string>>()
for (const [code, words] of Object.entries(STOP_WORDS)) {
  for (const word of words.trim().split(/\s+/)) SPEAKERS.set(word, (SPEAKERS.get(word) ?? new Set()).add(code))
}

/**
 * So many different function words, and such a share of all words, tell a text's language; prose has 35 to 50 %, a list 10
 * or 20. Of the 977 chunks of code and of English articles of the development sets none is taken for another language.
 */
const MIN_FUNCTION_WORDS = 2
const MIN_SHARE = 0.12
/** One word that comes again and again, a name or a variable, tells no language. */
const MAX_COUNTED = 3
/** Nor does a letter, which in code and formulas stands for anything. */
const LETTER = /^[a-z]$/
/** A language whose function words are so many of the likeliest's is as likely for a question; Danish and Norwegian, say. */
const NEARLY = 0.7

export function isStopWord(word: string, code: string): boolean {
  return SPEAKERS.get(word)?.has(code) ?? false
}

/** Whether a word of a script without spaces is one; single letters of kana are particles. */
export function isDenseStopWord(word: string): boolean {
  return DENSE_STOP_WORDS.has(word) || /^[\p{Script=Hiragana}\p{Script=Katakana}]$/u.test(word)
}

/** The code of the language that a text is in by its function words, `en` for English; null where it has too few of any. Words in lower case. */
export function textLanguage(words: string[]): string | null {
  const best = countFunctionWords(words).find(({ different }) => different >= MIN_FUNCTION_WORDS)
  return best && best.count >= words.length * MIN_SHARE ? best.code : null
}

/**
 * The languages that a question may be in, by their codes, likeliest first: those whose function words it has. None where it has no such
 * word, which says nothing. English is the first among equals. Words in lower case.
 */
export function questionLanguages(words: string[]): string[] {
  const all = countFunctionWords(words)
  return all.filter(({ count }) => count >= all[0]!.count * NEARLY).map(({ code }) => code)
}

/** Most first. */
function countFunctionWords(words: string[]): { code: string, count: number, different: number }[] {
  const times = new Map<string, number>()
  for (const word of words) if (!LETTER.test(word) && SPEAKERS.has(word)) times.set(word, (times.get(word) ?? 0) + 1)
  const counts = new Map<string, { code: string, count: number, different: number }>()
  for (const [word, count] of times) {
    for (const code of SPEAKERS.get(word)!) {
      const sum = counts.get(code) ?? { code, count: 0, different: 0 }
      counts.set(code, { code, count: sum.count + Math.min(count, MAX_COUNTED), different: sum.different + 1 })
    }
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || Number(b.code === ENGLISH) - Number(a.code === ENGLISH))
}
