/** Scripts without spaces. Of the letters and marks of the second kind it takes three to say as much as of two of the first. */
const DENSE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u30FC\p{Script=Hangul}]+|[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu
const MARKED_SCRIPT = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
/** Combining marks end a word for FTS5. Each is written as a letter of its own, of the private use area. */
const MARK = /\p{M}/gu
const FIRST_MARK = 0x0900
const MARK_PLACES = 0x1200
const FIRST_PLACE = 0xE600

/** Letters of a compound's gram. With five, Haus and Bahn would not be found in Krankenhaus and Eisenbahn. */
const COMPOUND_GRAM = 4
/** A shorter word is seldom a compound whose parts have four letters. */
const MIN_COMPOUND = 9
/** Closes a gram of a compound, which is no word: a private use character, not of any language ({@link Language}). */
const COMPOUND_MARK = '\uE5DF'

/** The runs of a text in scripts without spaces, in compatibility forms. */
export function denseRuns(text: string): string[] {
  return text.normalize('NFKC').match(DENSE) ?? []
}

/** A word in pieces that are of a script without spaces or not. */
export function splitScripts(word: string): { text: string, dense: boolean }[] {
  if (word.search(DENSE) < 0) return [{ text: word, dense: false }]
  const normal = word.normalize('NFKC')
  const pieces: { text: string, dense: boolean }[] = []
  let from = 0
  for (const { 0: run, index } of normal.matchAll(DENSE)) {
    if (index > from) pieces.push({ text: normal.slice(from, index), dense: false })
    pieces.push({ text: run, dense: true })
    from = index + run.length
  }
  return from < normal.length ? [...pieces, { text: normal.slice(from), dense: false }] : pieces
}

/** Overlapping pairs (or threes) of letters in order, and the last ones alone, so that every letter begins an entry. */
export function denseGrams(run: string): string[] {
  const letters = spell(run)
  const size = gramSize(run)
  return letters.map((_, at) => letters.slice(at, at + size).join(''))
}

/** What finds a word inside of a run: its grams side by side. One that is shorter than a gram begins one. */
export function densePhrase(word: string): { phrase: string, prefix: boolean } {
  const normal = word.normalize('NFKC')
  const letters = spell(normal)
  const size = gramSize(normal)
  if (letters.length < size) return { phrase: letters.join(''), prefix: true }
  return { phrase: letters.slice(0, letters.length - size + 1).map((_, at) => letters.slice(at, at + size).join('')).join(' '), prefix: false }
}

/** The grams of a long word, for its parts to be found by; none of a short one. Takes lower case. */
export function compoundGrams(word: string): string[] {
  const letters = fold(word)
  return letters.length < MIN_COMPOUND ? [] : slices(letters)
}

/** What finds a word inside of a compound; null where it is too short to say anything. */
export function compoundPhrase(word: string): string | null {
  const letters = fold(word)
  return letters.length < COMPOUND_GRAM ? null : slices(letters).join(' ')
}

function slices(letters: string[]): string[] {
  return letters.slice(0, letters.length - COMPOUND_GRAM + 1).map((_, at) => letters.slice(at, at + COMPOUND_GRAM).join('') + COMPOUND_MARK)
}

/** Letters without their accents, as the index has words. */
function fold(word: string): string[] {
  return [...word.normalize('NFD').replace(MARK, '')]
}

function gramSize(run: string): number {
  return MARKED_SCRIPT.test(run) ? 3 : 2
}

function spell(run: string): string[] {
  return [...run.replace(MARK, mark => String.fromCharCode(FIRST_PLACE + (mark.codePointAt(0)! - FIRST_MARK) % MARK_PLACES))]
}
