import { Document, HeadingLevel, Packer, Paragraph, Table, TableCell, TableRow } from 'docx'
import { describe, expect, test } from 'vitest'
import { decodeBoxes } from '../../../../server/extract/boxes.ts'
import { normaliseMapped } from '../../../../server/extract/normalise.ts'
import { makeEpub } from './support/epub.ts'
import { outline, setUp } from './support/extract.ts'
import { odfFile, presentation, shape, slideParagraph } from './support/office.ts'
import { column, makePdf, type PageSpec } from './support/pdf.ts'
import { jpeg, photograph, png, scannedPdf, tiff } from './support/pictures.ts'
import { makeOds, makeXlsx, odsTable, rowsXml } from './support/sheets.ts'

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

function pptx(): Buffer {
  const row = (cells: string[]) => `<a:tr>${cells.map(cell => `<a:tc><a:txBody>${slideParagraph(cell)}</a:txBody></a:tc>`).join('')}</a:tr>`
  return presentation([{ shapes: [
    shape(['Maple Leaf Rag'], { ph: 'type="title"' }),
    shape(['Joplin’s rag was published in 1899.\u00AD It sold well.'], { at: [0, 50] }),
    shape(['Sedalia, Missouri'], { ph: 'type="body"', at: [0, 100] }),
    `<p:graphicFrame><a:tbl>${row(['Year', 'Copies'])}${row(['1899', '400'])}</a:tbl></p:graphicFrame>`,
  ].join('') }])
}

const ODF_TABLE = `<table:table>${['Year Copies', '1899 400'].map(row => `<table:table-row>${row.split(' ').map(cell => `<table:table-cell><text:p>${cell}</text:p></table:table-cell>`).join('')}</table:table-row>`).join('')}</table:table>`
const ODF_LIST = '<text:list><text:list-item><text:p>Sedalia, Missouri</text:p></text:list-item></text:list>'
const ODF_TEXT = '<text:p>Joplin’s rag was published in 1899.\u00AD It sold well.</text:p>'
const odt = () => odfFile('odt', `<text:h>Maple Leaf Rag</text:h>${ODF_TEXT}${ODF_LIST}${ODF_TABLE}`)
const odp = () => odfFile('odp', `<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>Maple Leaf Rag</text:p></draw:text-box></draw:frame>
  <draw:frame><draw:text-box>${ODF_TEXT}${ODF_LIST}</draw:text-box></draw:frame><draw:frame>${ODF_TABLE}</draw:frame></draw:page>`)

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
  ['rag.pptx', pptx],
  ['rag.odt', odt],
  ['rag.odp', odp],
  ['rag.rtf', () => String.raw`{\rtf1\ansi{\pard\outlinelevel0 Maple Leaf Rag\par}Joplin\rquote s rag was published in 1899.\'ad It sold well.\par\pard\ls1 Sedalia, Missouri\par\trowd\pard\intbl Year\cell Copies\cell\row\trowd\pard\intbl 1899\cell 400\cell\row}`],
  ['rag.xlsx', () => makeXlsx([{ name: 'Maple Leaf Rag', xml: rowsXml([['Joplin\u2019s rag was published in 1899.\u00AD It sold well.'], ['Sedalia, Missouri'], ['Year', 'Copies'], [1899, 400]]) }])],
  ['rag.ods', () => makeOds(odsTable('Maple Leaf Rag', [['Joplin\u2019s rag was published in 1899.\u00AD It sold well.'], ['Sedalia, Missouri'], ['Year', 'Copies'], ['1899', '400']]))],
  ['rag.csv', () => 'Joplin\u2019s rag was published in 1899.\u00AD It sold well.\n"Sedalia, Missouri"\nYear,Copies\n1899,400\n'],
  ['rag.tsv', () => 'Joplin\u2019s rag was published in 1899.\u00AD It sold well.\nSedalia, Missouri\nYear\tCopies\n1899\t400\n'],
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
    // The rows of sheets name their columns.
    expect(document.text).toMatch(/1899 \| (?:Copies: )?400/)
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
    if (!/\.(?:txt|csv|tsv)$/.test(name)) expect(outline(document)[0]).toMatch(/^heading\d: Maple Leaf Rag$/)
  })
})
