import { detectDialect } from './delimited.ts'
import { csvRecords } from './csv-records.ts'
import { decodeSlices, detectEncoding } from './encoding.ts'
import { ExtractFailure } from './failures.ts'
import type { FormatEvent, Source } from './format.ts'
import { normalise } from './normalise.ts'
import { cutText, kindOf, MAX_CELL_CHARS, SheetBounds, type Cell, type SheetRow } from './sheets/cells.ts'
import { SheetPages } from './sheets/pages.ts'

/** As much of a text as the dialect is found from. */
const HEAD_CHARS = 64 * 1024

/** Tables in plain text, with any separator and encoding. A record's number is that of the row a spreadsheet shows it in. */
export function* extractCsv({ bytes, filename, hiddenText }: Source): Generator<FormatEvent> {
  yield { type: 'document', pages: null, title: null }
  const bounds = new SheetBounds()
  const pages = new SheetPages(bounds, hiddenText)
  for (const page of pages.add({ name: null, hidden: false, rows: rows(bytes, filename, bounds) })) yield { type: 'page', page }
  for (const page of pages.finish()) yield { type: 'page', page }
  if (pages.count === 0) throw new ExtractFailure('no_text')
}

function* rows(bytes: Buffer, filename: string, bounds: SheetBounds): Generator<SheetRow> {
  const encoding = detectEncoding(bytes)
  const [head = ''] = decodeSlices(bytes.subarray(0, HEAD_CHARS * 2), encoding)
  const dialect = detectDialect(head.slice(0, HEAD_CHARS), filename, bytes.length <= HEAD_CHARS) ?? { delimiter: ',', skipped: 0 }
  let number = -dialect.skipped
  for (const { fields, repairs } of csvRecords(decodeSlices(bytes, encoding), dialect.delimiter)) {
    number++
    const cells = fields.flatMap((field, column): Cell | [] => {
      const text = normalise(cutText(field, MAX_CELL_CHARS))
      return text ? { column, text, kind: kindOf(text) } : []
    })
    const dropped = fields.flatMap(field => field.length > MAX_CELL_CHARS ? ['long_text'] : [])
    bounds.addCells(cells.length)
    if (number > 0 && cells.length > 0) yield { number, cells, dropped, repairs }
  }
}
