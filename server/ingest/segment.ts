import type { Block } from '../../shared/schemas/documents.ts'
import type { CanonicalPage, Range } from './types.ts'

/** The smallest thing an answer can cite: a sentence, or a heading, table row or line of code as a whole. */
export interface Unit {
  start: number
  end: number
  /** canonical.slice(start, end) */
  text: string
  kind: Block['kind']
  level: number
}

/** Longer "sentences" are lists, tables or broken text; as one citation they would point at half a page. */
export const MAX_SENTENCE_CHARS = 600

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

// Words that open a sentence far more often than they follow an abbreviation or an initial.
const STARTERS = 'The|This|That|These|Those|It|Its|He|She|They|We|You|I|There|Here|His|Her|Their|Our|My|In|On|At|For|From|To|With|By|As|When|'
  + 'While|After|Before|If|But|And|Or|So|However|Thus|Then|Also|Although|Because|Since|During|Under|Over|An|A|What|Who|Why|How|Where|Which|'
  + 'Some|Many|Most|Each|All|No|Not|One|Two|Another|Such|Other|Both|Only|Even|Now|Once|Until|Later|Finally|Moreover|Furthermore|Therefore|'
  + 'Instead|Meanwhile|Today|First|Second|Let|Note'
const NOT_A_STARTER = String.raw`(?!\s+(?:${STARTERS})(?![\p{L}.]))`
const WORD_START = String.raw`(?<![\p{L}\p{N}.])`

/**
 * What Intl.Segmenter takes for the end of a sentence and is not. Each match is overwritten by text of the same length
 * that ends no sentence, so that positions stay what they are.
 */
const REPAIRS: [RegExp, (match: string) => string][] = [
  // A line end inside a paragraph is white space.
  [/[\n\r\u2028\u2029\u0085]/g, () => ' '],
  // "left.[1] Next": the reference belongs to the sentence before it.
  [/(?<=[.!?]["'”’)]*)(?:\[\d+(?:\s?[,–-]\s?\d+)*\])+/g, match => ')'.repeat(match.length)],
  // "“Is it?” he asked.", "Yahoo! announced"
  [/[?!](?=["'”’)]*\s+\p{Ll})/gu, () => ','],
  // "1. First item" at the start.
  [/(?<=^\s*)(?:\d{1,3}|\p{L}|[ivx]{1,5})\.(?=\s)/giu, dotToUnderscore],
  // Never the last word of a sentence.
  [new RegExp(String.raw`${WORD_START}(?:Mrs?|Ms|Dr|Drs|Prof|Messrs|Figs?|Eqn?s?|e\.\s?g|i\.\s?e|cf|viz|vs|resp)\.(?=\s)`, 'giu'), dotToUnderscore],
  // Seldom the last word: joined unless a word follows that opens sentences.
  [new RegExp(String.raw`${WORD_START}(?:St|Mt|Ft|Rev|Gen|Col|Capt|Lt|Sgt|Maj|Gov|Sen|Rep|Hon|Pres|Jr|Sr|Vols?|Chap|Ch|Secs?|Sect|Tab|Thm|Alg|Op|No|Nos|approx|ca|Ph\.D|[ap]\.m)\.(?=\s+[\p{Lu}\p{N}])${NOT_A_STARTER}`, 'gu'), dotToUnderscore],
  // "U.S. Army", "J. S. Bach"
  [new RegExp(String.raw`${WORD_START}(?:\p{Lu}\.){1,5}(?=\s+\p{Lu})${NOT_A_STARTER}`, 'gu'), match => `${match.slice(0, -1)}_`],
  // "no. 4", "pp. 12", "et al. (2001)", "Jan. 3"
  [new RegExp(String.raw`${WORD_START}(?:nos?|pp?|vols?|chap|ch|secs?|tab|al|eds?|ff?|op|art|app|approx|ca|c|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.(?=\s+[\d(\[])`, 'giu'), dotToUnderscore],
  // "2. Second item" between sentences, now that the abbreviations before numbers are out of the way.
  [/(?<=[.!?:;]\s+)\d{1,2}\.(?=\s+\p{Lu})/gu, dotToUnderscore],
]

function dotToUnderscore(match: string): string {
  return match.replaceAll('.', '_')
}

/**
 * Sentences of a running text, as ranges without surrounding white space. Every character that is not white space lies
 * in exactly one range.
 */
export function segmentSentences(text: string): Range[] {
  let masked = text
  for (const [pattern, replace] of REPAIRS) masked = masked.replace(pattern, replace)
  const ranges: Range[] = []
  for (const { index, segment } of segmenter.segment(masked)) {
    const range = trim(text, index, index + segment.length)
    if (!range) continue
    const before = ranges.at(-1)
    // A fragment such as a lone quotation mark or "…" belongs to its neighbour.
    if (before && (!hasWord(text, range) || !hasWord(text, before))) before[1] = range[1]
    else ranges.push(range)
  }
  return ranges.flatMap(range => cutLong(text, range, MAX_SENTENCE_CHARS))
}

/** A paragraph that is carried over longer than this is read as it is, so that memory stays bounded. */
const MAX_CARRIED_CHARS = 20_000

export interface Segmenter {
  /** Takes the next page, in order, and yields the units that it completes. */
  push: (page: CanonicalPage) => Generator<Unit>
  /** Yields what was carried over from the last page. */
  finish: () => Generator<Unit>
  /** Where the text begins that waits for the next page; null when none does. */
  readonly carriedFrom: number | null
}

interface Stretch { start: number, text: string }

/**
 * Finds the units of a document while its pages come in; ranges are in the canonical text. Sentences never cross a
 * block, but a paragraph that goes on over the end of its page is read as one, and so is a sentence in it. Text that
 * no block claims is read as a paragraph, so that nothing is lost.
 */
export function createSegmenter(): Segmenter {
  let carried: Stretch | null = null

  function* push(page: CanonicalPage): Generator<Unit> {
    const blocks = [...blocksOf(page)]
    if (carried && blocks[0]?.kind !== 'paragraph') yield* finish()
    for (const [index, block] of blocks.entries()) {
      const stretch = stretchOf(page, block, carried)
      carried = null
      const goesOn = page.continues && index === blocks.length - 1 && block.kind === 'paragraph'
      if (goesOn && stretch.text.length <= MAX_CARRIED_CHARS) carried = withTail(stretch, page, block)
      else yield* unitsOf(stretch, block)
    }
  }

  function* finish(): Generator<Unit> {
    if (carried) yield* unitsOf(carried, { kind: 'paragraph' })
    carried = null
  }

  return {
    push,
    finish,
    get carriedFrom() {
      return carried?.start ?? null
    },
  }
}

/** The page's blocks without overlaps, and what lies between them where that is more than white space. */
function* blocksOf(page: CanonicalPage): Generator<Block> {
  const isText = (start: number, end: number) => page.text.slice(start - page.start, end - page.start).trim() !== ''
  let position = page.start
  for (const block of page.blocks) {
    const start = Math.max(block.start, position)
    const end = Math.min(block.end, page.end)
    if (end <= start) continue
    if (isText(position, start)) yield { kind: 'paragraph', start: position, end: start }
    yield { ...block, start, end }
    position = end
  }
  if (isText(position, page.end)) yield { kind: 'paragraph', start: position, end: page.end }
}

/** The block's text, behind what was carried over from the page before. */
function stretchOf(page: CanonicalPage, block: Block, carried: Stretch | null): Stretch {
  const from = carried ? 0 : block.start - page.start
  return {
    start: carried?.start ?? block.start,
    text: (carried?.text ?? '') + page.text.slice(from, block.end - page.start),
  }
}

/** With the white space up to the page's end, so that the next page's text follows without a gap. */
function withTail(stretch: Stretch, page: CanonicalPage, block: Block): Stretch {
  return { ...stretch, text: stretch.text + page.text.slice(block.end - page.start) }
}

function* unitsOf({ start: offset, text }: Stretch, { kind, level = 1 }: Pick<Block, 'kind' | 'level'>): Generator<Unit> {
  for (const [start, end] of rangesOf(text, kind)) {
    yield { start: offset + start, end: offset + end, text: text.slice(start, end), kind, level }
  }
}

function rangesOf(text: string, kind: Block['kind']): Range[] {
  if (kind === 'paragraph' || kind === 'list_item' || kind === 'caption') return segmentSentences(text)
  const whole = kind === 'code' ? lines(text) : [[0, text.length] satisfies Range]
  return whole.flatMap(([start, end]) => {
    const range = trim(text, start, end)
    return range ? cutLong(text, range, MAX_SENTENCE_CHARS) : []
  })
}

function lines(text: string): Range[] {
  const ranges: Range[] = []
  for (const match of text.matchAll(/[^\n]+/g)) ranges.push([match.index, match.index + match[0].length])
  return ranges
}

/** Cuts a range into pieces of at most `max` characters: at the end of a clause, else between words, else anywhere. */
export function cutLong(text: string, [start, end]: Range, max: number): Range[] {
  const pieces: Range[] = []
  let from = start
  while (end - from > max) {
    const window = text.slice(from, from + max)
    const cut = from + (lastMatch(window, /[;:|)\]—–]\s/g) ?? lastMatch(window, /,\s/g) ?? lastMatch(window, /\s/g) ?? wholeCharacters(window))
    const piece = trim(text, from, cut)
    if (piece) pieces.push(piece)
    from = cut
  }
  const rest = trim(text, from, end)
  if (rest) pieces.push(rest)
  return pieces
}

/** End of the last match that leaves at least half of the window, so that pieces do not become crumbs. */
function lastMatch(window: string, pattern: RegExp): number | null {
  let last: number | null = null
  for (const match of window.matchAll(pattern)) last = match.index + match[0].length
  return last !== null && last >= window.length / 2 ? last : null
}

function wholeCharacters(window: string): number {
  const code = window.charCodeAt(window.length - 1)
  return code >= 0xD800 && code <= 0xDBFF && window.length > 1 ? window.length - 1 : window.length
}

function trim(text: string, start: number, end: number): Range | null {
  const piece = text.slice(start, end)
  const from = start + piece.length - piece.trimStart().length
  const to = start + piece.trimEnd().length
  return from < to ? [from, to] : null
}

function hasWord(text: string, [start, end]: Range): boolean {
  return /[\p{L}\p{N}]/u.test(text.slice(start, end))
}
