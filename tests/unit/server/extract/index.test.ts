import { Document, HeadingLevel, Packer, Paragraph, Table, TableCell, TableRow } from 'docx'
import { describe, expect, test } from 'vitest'
import { decodeBoxes } from '../../../../server/extract/boxes.ts'
import { normaliseMapped } from '../../../../server/extract/normalise.ts'
import { makeEpub } from './support/epub.ts'
import { outline, setUp } from './support/extract.ts'
import { column, makePdf, type PageSpec } from './support/pdf.ts'
import { jpeg, photograph, png, scannedPdf, tiff } from './support/pictures.ts'

const { extract } = await setUp()

async function docx(): Promise<Buffer> {
  const cell = (text: string) => new TableCell({ children: [new Paragraph(text)] })
  return await Packer.toBuffer(new Document({
    sections: [{
      children: [
        new Paragraph({ text: 'Maple Leaf Rag', heading: HeadingLevel.HEADING_1 }),
        new Paragraph('Joplin’s rag was published in 1899.\u00AD It sold well.'),
        new Paragraph({ text: 'Sedalia, Missouri', bullet: { level: 0 } }),
        new Table({ rows: [new TableRow({ children: [cell('Year'), cell('Copies')] }), new TableRow({ children: [cell('1899'), cell('400')] })] }),
      ],
    }],
  }))
}

const RAG: PageSpec = {
  texts: [
    { x: 72, y: 720, text: 'Maple Leaf Rag', size: 18, bold: true },
    ...column(72, 690, ['Joplin\x92s rag was published in 1899. It', 'sold well.']),
    { x: 72, y: 650, text: '\x95 Sedalia, Missouri' },
    { x: 72, y: 620, text: 'Year' }, { x: 200, y: 620, text: 'Copies' }, { x: 300, y: 620, text: 'Shop' },
    { x: 72, y: 608, text: '1899' }, { x: 200, y: 608, text: '400' }, { x: 300, y: 608, text: 'Stark' },
  ],
}

/** The same small document in each format. */
const DOCUMENTS: [name: string, make: () => Buffer | string | Promise<Buffer>][] = [
  ['rag.txt', () => 'Maple Leaf Rag\n\nJoplin\u2019s rag was published in 1899. It sold well.\u0007\n\n- Sedalia, Missouri\n\nYear | Copies\n\n1899 | 400\n'],
  ['rag.md', () => '# Maple Leaf Rag\n\nJoplin’s rag was *published* in 1899.\nIt sold well.\n\n- Sedalia, Missouri\n\n| Year | Copies |\n|--|--|\n| 1899 | 400 |\n'],
  ['rag.html', () => '<!doctype html><title>Rag</title><script>x</script><h1>Maple Leaf Rag</h1><p>Joplin’s rag was published\nin 1899.&shy; It sold well.<ul><li>Sedalia, Missouri</ul><table><tr><th>Year<th>Copies<tr><td>1899<td>400</table>'],
  ['rag.epub', () => makeEpub({ 'a.xhtml': '<p id="c">Joplin’s rag was published\nin 1899.&#173; It sold well.</p><ul><li>Sedalia, Missouri</li></ul><table><tr><th>Year</th><th>Copies</th></tr><tr><td>1899</td><td>400</td></tr></table>' }, [['Maple Leaf Rag', 'a.xhtml']])],
  ['rag.eml', () => 'From: Ann <ann@example.org>\r\nSubject: Maple Leaf Rag\r\nMessage-ID: <1@example.org>\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Joplin=E2=80=99s rag was published in 1899.&shy; It sold=\r\n well.<ul><li>Sedalia, Missouri</ul><table><tr><th>Year<th>Copies<tr><td>1899<td>400</table>'],
  ['rag.mbox', () => 'From ann@example.org Mon Jan  1 12:00:00 2024\nFrom: ann@example.org\nSubject: Maple Leaf Rag\n\nJoplin\u2019s rag was published in 1899. It sold well.\n\n- Sedalia, Missouri\n\n1899 | 400\n'],
  ['rag.docx', docx],
  ['rag.pdf', () => makePdf([RAG])],
  ['scan.pdf', async () => scannedPdf([await photograph(RAG)])],
  ['rag.png', async () => png(await photograph(RAG))],
  ['rag.jpg', async () => jpeg(await photograph(RAG))],
  ['rag.tif', async () => tiff([await photograph(RAG)])],
]

describe.each(DOCUMENTS)('contract: %s', (name, make) => {
  test('keeps every promise of ExtractedPage', async () => {
    const document = await extract(await make(), name)
    expect(document.pages.map(page => page.number)).toEqual(document.pages.map((_, index) => index + 1))
    expect(document.text).toContain('Joplin’s rag was published in 1899. It sold well.')
    expect(document.text).toContain('Sedalia, Missouri')
    expect(document.text).toMatch(/1899 \| 400/)
    for (const page of document.pages) {
      expect(normaliseMapped(page.text, true).text).toBe(page.text)
      expect(page.text).toMatch(/\S\n\n$/)
      let end = 0
      for (const block of page.blocks) {
        expect(block.start).toBeGreaterThanOrEqual(end)
        expect(block.end).toBeGreaterThan(block.start)
        expect(page.text.slice(end, block.start)).toMatch(/^\n{0,2}$/)
        end = block.end
      }
      expect(page.text.slice(end)).toBe('\n\n')
      if (page.boxes) expect(decodeBoxes(page.boxes)).toHaveLength(page.text.length * 4)
    }
    if (name !== 'rag.txt') expect(outline(document)[0]).toMatch(/^heading\d: Maple Leaf Rag$/)
  })
})
