import { ExtractFailure } from './failures.ts'
import type { FormatEvent, Source } from './format.ts'
import { coreTitle, officePackage, type OfficePackage } from './ooxml.ts'
import { openPackage } from './package.ts'
import { MAX_WORKBOOK_BYTES, SheetBounds, type Sheet } from './sheets/cells.ts'
import { NumberFormats } from './sheets/number-format.ts'
import { SheetPages } from './sheets/pages.ts'
import { readExtras } from './xlsx/extras.ts'
import { readRows, type SheetContext } from './xlsx/sheet.ts'
import { readStrings } from './xlsx/strings.ts'
import { readFormats } from './xlsx/styles.ts'
import { readWorkbook, type SheetEntry } from './xlsx/workbook.ts'

/**
 * Excel workbooks (ECMA-376): sheets in the order of their tabs, values as the sheet shows them, the results that were saved
 * with formulas. Hidden sheets, rows and columns go to the report.
 */
export async function* extractXlsx({ bytes, hiddenText }: Source): AsyncGenerator<FormatEvent> {
  const source = officePackage(await openPackage(bytes, { maxBytes: MAX_WORKBOOK_BYTES }))
  const workbook = await readWorkbook(source)
  if (!workbook) throw new ExtractFailure('damaged_file')
  yield { type: 'document', pages: null, title: await coreTitle(source) }
  const strings = workbook.strings && await source.read(workbook.strings)
  const context: SheetContext = {
    strings: strings ? readStrings(strings) : [],
    formats: readFormats(workbook.styles ? await source.read(workbook.styles) : null),
    numbers: new NumberFormats(workbook.uses1904),
    bounds: new SheetBounds(),
  }
  const pages = new SheetPages(context.bounds, hiddenText)
  for (const entry of workbook.sheets) {
    const sheet = await openSheet(source, entry, context)
    if (workbook.hasMacros && entry === workbook.sheets[0]) sheet.dropped.macro = 1
    for (const page of pages.add(sheet)) yield { type: 'page', page }
  }
  for (const page of pages.finish()) yield { type: 'page', page }
  if (pages.count === 0) throw new ExtractFailure('no_text')
}

async function openSheet(source: OfficePackage, { name, hidden, path }: SheetEntry, context: SheetContext): Promise<Sheet & { dropped: Record<string, number> }> {
  const bytes = await source.read(path)
  const { dropped, captions } = await readExtras(source, path)
  return { name, hidden, rows: bytes ? readRows(bytes, context) : [], dropped, captions }
}
