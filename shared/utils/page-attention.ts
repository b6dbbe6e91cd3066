import type { PageReport } from '../schemas/documents.ts'

/**
 * Why the owner should look at a page: it is a picture that was not read, its text was recognised without much confidence,
 * it holds text that a reader of the original cannot see, a part of it could not be read, bytes had to be mended, or it
 * holds nothing. Each is a bit of `pages.attention` by its place here: new ones come last.
 */
export const ATTENTION = ['scanned', 'uncertain', 'hidden', 'incomplete', 'repaired', 'empty'] as const
export type Attention = typeof ATTENTION[number]

/** Recognised text below this mean confidence has a wrong word in most lines. */
const SURE = 70
/** Words joined over a line end, or ligatures spelled out, are what every printed page has. */
const REMARKABLE_REPAIRS = new Set(['encoding'])
const INCOMPLETE = ['damaged', 'truncated', 'unreadable_characters']

export interface ReportedPage { flags: string[], report: PageReport }

/** What is worth a look on one page, the gravest first. */
export function attentionOf({ flags, report }: ReportedPage): Attention[] {
  const scanned = (report.scanned || flags.includes('looks_scanned')) && report.ocr === null
  const incomplete = INCOMPLETE.some(flag => flags.includes(flag))
  const holds: Record<Attention, boolean> = {
    scanned,
    uncertain: report.ocr !== null && report.ocr.confidence < SURE,
    hidden: report.hidden.length > 0 || flags.includes('hidden_text'),
    incomplete,
    repaired: report.repairs.some(({ kind }) => REMARKABLE_REPAIRS.has(kind)),
    empty: report.characters === 0 && !scanned && !incomplete,
  }
  return ATTENTION.filter(kind => holds[kind])
}

/** As it is stored. */
export function attentionBits(page: ReportedPage): number {
  return attentionOf(page).reduce((bits, kind) => bits | bitOf(kind), 0)
}

export const bitOf = (kind: Attention) => 1 << ATTENTION.indexOf(kind)
