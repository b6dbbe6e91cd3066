/** A plain PDF with one text page for each entry: Helvetica, 11 points, one line of text a line. */
export function makePdf(pages: string[][]): Buffer {
  const parts: string[] = ['%PDF-1.4\n']
  const offsets: number[] = []
  let length = parts[0]!.length
  const add = (body: string) => {
    const object = `${offsets.length + 1} 0 obj\n${body}\nendobj\n`
    offsets.push(length)
    parts.push(object)
    length += object.length
  }
  add('<< /Type /Catalog /Pages 2 0 R >>')
  add(`<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, index) => `${4 + 2 * index} 0 R`).join(' ')}] >>`)
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>')
  for (const [index, lines] of pages.entries()) {
    const content = `BT /F1 11 Tf 14 TL 60 780 Td ${lines.map(line => `(${line.replaceAll(/[^\x20-\x7E]/g, ' ').replaceAll(/[\\()]/g, '\\$&')}) Tj T*`).join('\n')} ET`
    add(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + 2 * index} 0 R >>`)
    add(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`)
  }
  const xref = `xref\n0 ${offsets.length + 1}\n0000000000 65535 f \n${offsets.map(offset => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')}`
  return Buffer.from(`${parts.join('')}${xref}trailer\n<< /Size ${offsets.length + 1} /Root 1 0 R >>\nstartxref\n${length}\n%%EOF\n`, 'latin1')
}

/** Lays a text out in lines of about 90 characters and pages of 50 lines, going round until there are `count` pages. */
export function paginate(text: string, count: number): string[][] {
  const lines = text.replaceAll(/\s+/g, ' ').match(/.{1,90}(?:\s|$)/g) ?? []
  return Array.from({ length: count }, (_, page) => Array.from({ length: 50 }, (_, line) => lines[(page * 50 + line) % lines.length]!.trim()))
}
