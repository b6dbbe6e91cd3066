import { strToU8, zipSync } from 'fflate'

const TYPES = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

export interface XlsxSheet {
  name: string
  state?: 'hidden' | 'veryHidden'
  /** What is inside of `worksheet`, with its `sheetData`. */
  xml: string
  /** Relations of the sheet's part to others of `parts`: kind and path from the package's root. */
  relations?: [kind: string, path: string][]
}

export interface XlsxOptions {
  /** `si` elements; null leaves the part out. */
  strings?: string | null
  /** What is inside of `styleSheet`. */
  styles?: string
  workbookPr?: string
  parts?: Record<string, string>
}

/** An Excel workbook. */
export function makeXlsx(sheets: XlsxSheet[], { strings = null, styles = '', workbookPr = '', parts = {} }: XlsxOptions = {}): Buffer {
  const relation = (id: string, kind: string, target: string) => `<Relationship Id="${id}" Type="${TYPES}/${kind}" Target="${target}"/>`
  const relations = (list: string[]) => `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${list.join('')}</Relationships>`
  const files: Record<string, string> = {
    '[Content_Types].xml': '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    '_rels/.rels': relations([relation('r1', 'officeDocument', 'xl/workbook.xml')]),
    'xl/workbook.xml': `<workbook xmlns:r="${TYPES}">${workbookPr}<sheets>${sheets.map(({ name, state }, index) =>
      `<sheet name="${name}" sheetId="${index + 1}" ${state ? `state="${state}" ` : ''}r:id="s${index}"/>`).join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations([
      ...sheets.map((_, index) => relation(`s${index}`, 'worksheet', `worksheets/sheet${index}.xml`)),
      relation('t', 'styles', 'styles.xml'), ...strings === null ? [] : [relation('u', 'sharedStrings', 'sharedStrings.xml')],
    ]),
    'xl/styles.xml': `<styleSheet>${styles}</styleSheet>`,
    ...strings === null ? {} : { 'xl/sharedStrings.xml': `<sst>${strings}</sst>` },
    ...parts,
  }
  for (const [index, sheet] of sheets.entries()) {
    files[`xl/worksheets/sheet${index}.xml`] = `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns:r="${TYPES}">${sheet.xml}</worksheet>`
    if (sheet.relations) files[`xl/worksheets/_rels/sheet${index}.xml.rels`] = relations(sheet.relations.map(([kind, path], at) => relation(`x${at}`, kind, `/${path}`)))
  }
  return pack(files)
}

/** Rows as `sheetData` of inline strings and numbers; null leaves a cell out. */
export function rowsXml(rows: (string | number | null)[][], first = 1): string {
  const letters = (column: number): string => (column > 25 ? letters(Math.floor(column / 26) - 1) : '') + String.fromCharCode(65 + column % 26)
  const cells = (row: (string | number | null)[], number: number) => row.map((value, column) => {
    if (value === null) return ''
    const place = `r="${letters(column)}${number}"`
    return typeof value === 'number' ? `<c ${place}><v>${value}</v></c>` : `<c ${place} t="inlineStr"><is><t>${escape(value)}</t></is></c>`
  }).join('')
  return `<sheetData>${rows.map((row, index) => `<row r="${first + index}">${cells(row, first + index)}</row>`).join('')}</sheetData>`
}

/** An OpenDocument spreadsheet; `styles` are its automatic styles, `tables` what is inside of `office:spreadsheet`. */
export function makeOds(tables: string, { styles = '', title = '', parts = {} }: { styles?: string, title?: string, parts?: Record<string, string> } = {}): Buffer {
  return pack({
    'mimetype': 'application/vnd.oasis.opendocument.spreadsheet',
    'META-INF/manifest.xml': '<manifest:manifest/>',
    'meta.xml': `<office:document-meta><office:meta><dc:title>${title}</dc:title></office:meta></office:document-meta>`,
    'content.xml': `<?xml version="1.0" encoding="UTF-8"?><office:document-content><office:automatic-styles>${styles}</office:automatic-styles>`
      + `<office:body><office:spreadsheet>${tables}</office:spreadsheet></office:body></office:document-content>`,
    ...parts,
  })
}

/** A table of an OpenDocument spreadsheet; a string is XML of its own. */
export function odsTable(name: string, rows: (string[] | string)[], attributes = ''): string {
  const cell = (text: string) => text ? `<table:table-cell office:value-type="string"><text:p>${escape(text)}</text:p></table:table-cell>` : '<table:table-cell/>'
  return `<table:table table:name="${name}" ${attributes}>${rows.map(row =>
    typeof row === 'string' ? row : `<table:table-row>${row.map(cell).join('')}</table:table-row>`).join('')}</table:table>`
}

function pack(files: Record<string, string>): Buffer {
  return Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)]))))
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
