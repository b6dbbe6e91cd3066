/** A piece of text on a page: place of its baseline's start in points from the lower left, size, and whether it is bold. */
export interface Placed { x: number, y: number, text: string, size?: number, bold?: boolean }

export interface PageSpec {
  width?: number
  height?: number
  rotate?: number
  content?: string
  texts?: Placed[]
  /** Bytes of a comment after the content: a large file that is read in no time. */
  padding?: number
}

/** Escapes a string for a PDF literal (WinAnsi). */
function literal(text: string): string {
  return `(${text.replace(/[\\()]/g, '\\$&')})`
}

/** Writes a small, correct PDF with Helvetica (F1), Helvetica-Bold (F2) and Courier (F3). */
export function makePdf(pages: PageSpec[], options: { title?: string, extra?: string } = {}): Buffer {
  const objects: string[] = []
  const add = (body: string) => objects.push(body)
  add('<< /Type /Catalog /Pages 2 0 R >>')
  const first = 7
  add(`<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, index) => `${first + 2 * index} 0 R`).join(' ')}] >>`)
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>')
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>')
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>')
  add(`<< ${options.title ? `/Title ${literal(options.title)}` : ''} >>`)
  for (const [index, page] of pages.entries()) {
    const drawn = page.content ?? (page.texts ?? []).map(({ x, y, text, size = 10, bold }) =>
      `BT /${bold ? 'F2' : 'F1'} ${size} Tf 1 0 0 1 ${x} ${y} Tm ${literal(text)} Tj ET`).join('\n')
    const content = page.padding ? `${drawn}\n%${'x'.repeat(page.padding)}` : drawn
    add(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${page.width ?? 612} ${page.height ?? 792}] ${page.rotate ? `/Rotate ${page.rotate}` : ''}
/Resources << /Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R >> >> /Contents ${first + 2 * index + 1} 0 R >>`)
    add(`<< /Length ${Buffer.byteLength(content, 'latin1')} >>\nstream\n${content}\nendstream`)
  }
  return assemble(objects, '/Root 1 0 R /Info 6 0 R')
}

/** Numbers the objects from 1 and adds header, cross-reference table and trailer. */
export function assemble(objects: string[], trailer = '/Root 1 0 R'): Buffer {
  let file = '%PDF-1.7\n'
  const offsets: number[] = []
  for (const [index, body] of objects.entries()) {
    offsets.push(file.length)
    file += `${index + 1} 0 obj\n${body}\nendobj\n`
  }
  const start = file.length
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`
  for (const offset of offsets) file += `${String(offset).padStart(10, '0')} 00000 n \n`
  return Buffer.from(`${file}trailer\n<< /Size ${objects.length + 1} ${trailer} >>\nstartxref\n${start}\n%%EOF\n`, 'latin1')
}

/** Lines of prose set one under the other from (x, top); returns what to put on a page. */
export function column(x: number, top: number, lines: string[], leading = 12): Placed[] {
  return lines.map((text, index) => ({ x, y: top - index * leading, text }))
}
