import { normalise } from '../normalise.ts'
import { mainPart, relationId, type OfficePackage } from '../ooxml.ts'
import { readXml } from '../xml.ts'

/** Excel allows as many as memory does; nobody reads more. */
const MAX_SHEETS = 1_000

export interface SheetEntry { name: string, hidden: boolean, path: string }

/** What a workbook says of itself and where its parts are. */
export interface Workbook {
  /** In the order of their tabs. */
  sheets: SheetEntry[]
  /** Dates are counted from 1904. */
  uses1904: boolean
  strings: string | null
  styles: string | null
  hasMacros: boolean
}

/** Null where the package holds no workbook. */
export async function readWorkbook(source: OfficePackage): Promise<Workbook | null> {
  const path = await mainPart(source, /^xl\/[^/]*workbook[^/]*\.xml$/i)
  const bytes = path && await source.read(path)
  if (!bytes) return null
  const relations = await source.relations(path)
  const sheets: SheetEntry[] = []
  let uses1904 = false
  readXml(bytes, {
    open(name, attributes) {
      if (name === 'workbookPr') uses1904 = isTrue(attributes.date1904)
      if (name !== 'sheet' || sheets.length >= MAX_SHEETS) return
      const part = relations.get(relationId(attributes) ?? '')
      if (part?.type === 'worksheet') sheets.push({ name: normalise(attributes.name ?? ''), hidden: /hidden$/i.test(attributes.state ?? ''), path: part.target })
    },
  })
  const partOf = (kind: string) => [...relations.values()].find(({ type }) => type === kind)?.target ?? null
  return { sheets, uses1904, strings: partOf('sharedStrings'), styles: partOf('styles'), hasMacros: source.names.some(name => /vbaProject/i.test(name)) }
}

export function isTrue(value: string | undefined): boolean {
  return value === '1' || value === 'true' || value === 'on'
}
