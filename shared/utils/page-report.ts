import type { Document, PageReport, PageReportItem } from '../schemas/documents.ts'
import { capital, formatCount } from './format.ts'
import { ATTENTION, type Attention } from './page-attention.ts'
import type { HIDDEN_REASONS } from './page-notes.ts'

/** As many runs of pages are named; the others are counted. */
const NAMED_RUNS = 8

/** Short, for the list of documents: the gravest reason alone. */
const BADGES: Record<Attention, string | null> = {
  scanned: 'Unread scans',
  uncertain: 'Uncertain text',
  hidden: 'Hidden text',
  incomplete: 'Parts not read',
  repaired: 'Mended text',
  // A blank page is no news.
  empty: null,
}

export const HIDDEN_WORDS: Record<typeof HIDDEN_REASONS[number], string> = {
  invisible: 'drawn without ink',
  background_colour: 'in the colour of its ground',
  tiny: 'too small to read',
  off_page: 'outside of the page',
  covered: 'behind something else',
  markup: 'hidden by its markup',
}

const REPAIRS: Record<string, string> = {
  encoding: 'bytes that were no text',
  hyphenation: 'words joined over a line end',
  ligature: 'ligatures spelled out',
  control_character: 'control characters taken out',
  unmapped_character: 'characters without a meaning left out',
  accent: 'accents put onto their letters',
  separator: 'bars in cells replaced by another sign',
  unclosed_quote: 'quotation marks that nobody closed',
  stray_quote: 'stray quotation marks',
  long_row: 'rows cut for their length',
}

const DROPPED: Record<string, string> = {
  header_footer: 'lines of headers and footers',
  image: 'pictures',
  turned_text: 'characters that run another way',
  navigation: 'menus',
  cookie_banner: 'banners about cookies',
  header: 'headers full of links',
  footer: 'footers',
  sidebar: 'sidebars',
  surroundings: 'parts around the text',
  script: 'scripts',
  decoration: 'decorations',
  embedded: 'embedded pages',
  media: 'sounds and films',
  attachment: 'attachments',
  hidden_text: 'more runs of hidden text',
  unsure_word: 'words that could not be read with confidence',
  comment: 'comments',
  tracked_deletion: 'tracked deletions',
  formula: 'formulas, of which the results were read',
  formula_without_value: 'formulas without a result',
  chart: 'charts',
  field: 'fields',
  macro: 'macros',
  repeated_row: 'repetitions of rows',
  repeated_cell: 'repetitions of cells',
}

/** What stands out in a document that is ready, in a word or two; null where nothing does. */
export function attentionBadge(attention: Document['attention']): string | null {
  const kind = ATTENTION.find(one => attention && attention[one] > 0 && BADGES[one] !== null)
  return kind ? BADGES[kind] : null
}

/** `Page 3`, `Pages 3, 5–7 and 9`; beyond some, how many more. */
export function pageList(numbers: number[], word: string): string {
  const runs: [number, number][] = []
  for (const number of numbers) {
    const run = runs.at(-1)
    if (run && run[1] === number - 1) run[1] = number
    else runs.push([number, number])
  }
  const named = runs.slice(0, NAMED_RUNS).map(([first, last]) => first === last ? `${first}` : `${first}${last === first + 1 ? ' and ' : '–'}${last}`)
  const more = runs.slice(NAMED_RUNS).reduce((sum, [first, last]) => sum + last - first + 1, 0)
  const parts = more > 0 ? [...named, `${more.toLocaleString('en')} more`] : named
  const list = parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts[0] ?? ''
  return `${capital(word)}${numbers.length === 1 ? '' : 's'} ${list}`
}

/**
 * What was read of a document, a sentence for each thing that stands out.
 *
 * @param items pages worth a look, as far as they are known; `attention` counts all of them
 */
export function reportSummary({ pages, attention }: Pick<Document, 'pages' | 'attention'>, items: Pick<PageReportItem, 'number' | 'attention'>[], word: string): string[] {
  const total = pages ?? 0
  const sentences = [`${formatCount(total, word)} read.`]
  for (const kind of ATTENTION) {
    const count = attention?.[kind] ?? 0
    if (count === 0) continue
    const numbers = items.filter(item => item.attention.includes(kind)).map(({ number }) => number)
    const who = numbers.length === count ? pageList(numbers, word) : capital(formatCount(count, word))
    sentences.push(`${who} ${predicate(kind, count === 1)}`)
  }
  if (sentences.length === 1) sentences.push('Nothing stands out.')
  return sentences
}

function predicate(kind: Attention, isOne: boolean): string {
  switch (kind) {
    case 'scanned': return isOne ? 'looks scanned: its text is a picture and was not read.' : 'look scanned: their text is a picture and was not read.'
    case 'uncertain': return isOne ? 'was recognised from a picture with little confidence.' : 'were recognised from pictures with little confidence.'
    case 'hidden': return isOne ? 'holds text that its readers cannot see. It is left out of answers.' : 'hold text that their readers cannot see. It is left out of answers.'
    case 'incomplete': return 'could not be read completely.'
    case 'repaired': return isOne ? 'had damaged characters, which were mended.' : 'had damaged characters, which were mended.'
    case 'empty': return isOne ? 'is empty.' : 'are empty.'
  }
}

/** What is known of one page in a few words each. */
export function reportFacts({ characters, coverage, ocr, tables, repairs, dropped }: PageReport): { name: string, value: string }[] {
  return [
    { name: 'Text', value: formatCount(characters, 'character') },
    ...coverage === null ? [] : [{ name: 'Covered by text', value: `${(coverage * 100).toFixed(coverage > 0 && coverage < 0.1 ? 1 : 0)} %` }],
    ...ocr ? [{ name: 'Recognised from a picture', value: `confidence ${Math.round(ocr.confidence)} % (${ocr.languages.join(', ')})` }] : [],
    ...tables > 0 ? [{ name: 'Tables', value: tables.toLocaleString('en') }] : [],
    ...repairs.length > 0 ? [{ name: 'Mended', value: counts(repairs, REPAIRS) }] : [],
    ...dropped.length > 0 ? [{ name: 'Left out', value: counts(dropped, DROPPED) }] : [],
  ]
}

function counts(items: { kind: string, count: number }[], words: Record<string, string>): string {
  return items.map(({ kind, count }) => `${count.toLocaleString('en')} ${words[kind] ?? kind.replaceAll('_', ' ')}`).join(', ')
}
