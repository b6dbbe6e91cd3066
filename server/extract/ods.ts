import { ExtractFailure } from './failures.ts'
import type { FormatEvent, Source } from './format.ts'
import { readSheets } from './ods/content.ts'
import { propertyTitle } from './ooxml.ts'
import { openPackage } from './package.ts'
import { MAX_WORKBOOK_BYTES, SheetBounds } from './sheets/cells.ts'
import { SheetPages } from './sheets/pages.ts'

/** OpenDocument spreadsheets (OASIS OpenDocument 1.3, part 3): values as the sheet shows them. */
export async function* extractOds({ bytes, hiddenText }: Source): AsyncGenerator<FormatEvent> {
  const source = await openPackage(bytes, { maxBytes: MAX_WORKBOOK_BYTES })
  const manifest = await source.read('META-INF/manifest.xml')
  if (manifest?.includes('encryption-data')) throw new ExtractFailure('encrypted_file')
  const content = await source.read('content.xml')
  if (!content) throw new ExtractFailure('damaged_file')
  const meta = await source.read('meta.xml')
  yield { type: 'document', pages: null, title: meta && propertyTitle(meta) }
  const bounds = new SheetBounds()
  const pages = new SheetPages(bounds, hiddenText)
  for (const sheet of readSheets(content, bounds)) {
    for (const page of pages.add(sheet)) yield { type: 'page', page }
  }
  for (const page of pages.finish()) yield { type: 'page', page }
  if (pages.count === 0) throw new ExtractFailure('no_text')
}
