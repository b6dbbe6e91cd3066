import { csvRecords } from './csv-records.ts'

/** How the fields of a table in plain text are separated. */
export interface Dialect {
  delimiter: string
  /** Lines before the first record: a declaration (`sep=;`) that Excel writes and reads. */
  skipped: number
}

const DELIMITERS = ['\t', ',', ';', '|']
const NAMED = /\.(csv|tsv|tab|psv)$/i
/** Names that say nothing of what is in a text. */
const OPEN_NAME = /(?:^|\/)[^./]+$|\.(?:txt|text|dat|asc)$/i
/** Records that are compared; at the beginning of a file there may be others. */
const COMPARED = 200
/** Without a name that says so, a table shows only by many records of one width: prose has commas as well. */
const UNNAMED = { records: 5, share: 0.98, columns: 3, fieldChars: 60 }
const NAMED_SHARE = 0.5

/**
 * Whether a text is a table whose fields are separated by one sign, from its beginning; null where it is not. The name is
 * a hint: a file that is called a table need not be as regular.
 */
export function detectDialect(head: string, filename: string, isWhole: boolean): Dialect | null {
  const named = NAMED.exec(filename)?.[1]?.toLowerCase()
  if (!named && !OPEN_NAME.test(filename)) return null
  const declared = /^sep=([^\n\r])\r?\n/i.exec(head)?.[1]
  if (declared) return { delimiter: declared, skipped: 1 }
  if (!named && /^\s*[{[<|]/.test(head)) return null
  const guesses = DELIMITERS.map(delimiter => measure(head, delimiter, isWhole))
  const fitting = guesses.filter(guess => named ? guess.columns > 1 && guess.share >= NAMED_SHARE : isRegular(guess))
  const best = fitting.sort((a, b) => score(b) - score(a))[0]
  if (best) return { delimiter: best.delimiter, skipped: 0 }
  const isOneColumn = named && guesses.every(({ widest }) => widest <= 1) && /\S/.test(head)
  return isOneColumn ? { delimiter: named.startsWith('t') ? '\t' : ',', skipped: 0 } : null
}

interface Guess { delimiter: string, records: number, columns: number, share: number, widest: number, fieldChars: number, spaced: number, leading: number }

function measure(head: string, delimiter: string, isWhole: boolean): Guess {
  const records: string[][] = []
  for (const { fields, isComplete } of csvRecords([head], delimiter)) {
    // The last record of a beginning may be cut off.
    if ((isComplete || isWhole || records.length === 0) && fields.some(field => field.trim())) records.push(fields)
    if (records.length >= COMPARED) break
  }
  const widths = new Map<number, number>()
  for (const { length } of records) widths.set(length, (widths.get(length) ?? 0) + 1)
  const [columns, count] = [...widths].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [0, 0]
  const fields = records.flat()
  return {
    delimiter, columns, records: records.length, share: count / Math.max(1, records.length), widest: Math.max(0, ...widths.keys()),
    fieldChars: fields.reduce((sum, field) => sum + field.length, 0) / Math.max(1, fields.length),
    spaced: records.reduce((sum, record) => sum + record.slice(1).filter(field => field.startsWith(' ')).length, 0) / Math.max(1, fields.length - records.length),
    leading: records.filter(record => record[0]!.trim() === '').length / Math.max(1, records.length),
  }
}

/** Tabs are seldom anything else than separators, where they do not indent; commas and bars are. */
function isRegular({ delimiter, records, columns, share, fieldChars, spaced, leading }: Guess): boolean {
  if (share < UNNAMED.share || fieldChars > UNNAMED.fieldChars) return false
  if (delimiter === '\t') return records >= 3 && columns >= 2 && leading < 0.5
  return records >= UNNAMED.records && columns >= UNNAMED.columns && spaced < 0.2
}

function score({ share, columns, delimiter }: Guess): number {
  return share * Math.log(1 + columns) * (delimiter === '|' ? 0.5 : 1)
}
