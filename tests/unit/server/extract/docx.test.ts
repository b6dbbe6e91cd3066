import { Document, ExternalHyperlink, FootnoteReferenceRun, HeadingLevel, ImageRun, LevelFormat, Packer, Paragraph, Table, TableCell, TableRow, TextRun } from 'docx'
import { describe, expect, test } from 'vitest'
import { outline, setUp } from './support/extract.ts'
import { wordFile, wordParagraph as p } from './support/office.ts'

const { extract } = await setUp()
const cell = (text: string) => new TableCell({ children: [new Paragraph(text)] })
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

function pack(children: (Paragraph | Table)[], options: Partial<ConstructorParameters<typeof Document>[0]> = {}): Promise<Buffer> {
  return Packer.toBuffer(new Document({ ...options, sections: [{ children }] }))
}

describe('Word documents', () => {
  test('keep headings, lists, tables and notes; pictures and links leave their text', async () => {
    const document = await extract(await pack([
      new Paragraph({ text: 'Ragtime', heading: HeadingLevel.TITLE }),
      new Paragraph({ text: 'Origins', heading: HeadingLevel.HEADING_1 }),
      new Paragraph({ children: [new TextRun('It began '), new TextRun({ text: 'in Missouri', bold: true }), new FootnoteReferenceRun(1), new TextRun('.')] }),
      new Paragraph({ text: 'Deep', heading: HeadingLevel.HEADING_3 }),
      new Paragraph({ text: 'One', numbering: { reference: 'n', level: 0 } }),
      new Paragraph({ text: 'Nested', numbering: { reference: 'n', level: 1 } }),
      new Table({ rows: [new TableRow({ children: [cell('Year'), cell('Rag')] }), new TableRow({ children: [cell('1899'), cell('Maple Leaf')] })] }),
      new Paragraph({ children: [new ExternalHyperlink({ link: 'javascript:alert(1)', children: [new TextRun('A link')] }), new ImageRun({ type: 'png', data: PIXEL, transformation: { width: 9, height: 9 } })] }),
    ], {
      title: 'The History of Ragtime',
      footnotes: { 1: { children: [new Paragraph('Berlin 1980.')] } },
      numbering: { config: [{ reference: 'n', levels: [0, 1].map(level => ({ level, format: LevelFormat.DECIMAL, text: `%${level + 1}.` })) }] },
    }), 'a.docx')
    expect(document.title).toBe('The History of Ragtime')
    expect(outline(document).slice(0, 10)).toEqual([
      'heading1: Ragtime', 'heading1: Origins', 'paragraph: It began in Missouri[1].', 'paragraph: [1] Berlin 1980.', 'heading3: Deep',
            'list_item1: One', 'list_item2: Nested', 'table_row: Year | Rag', 'table_row: 1899 | Maple Leaf', 'paragraph: A link',
    ])
    expect(document.pages[0]!.report).toMatchObject({ tables: 1, dropped: [{ kind: 'image', count: 1 }], hidden: [] })
    expect(document.text).not.toContain('javascript')
  })

  test('say a text box once, and what stands in boxes, controls and drawings', async () => {
    const box = (text: string) => `<w:txbxContent>${p(text)}</w:txbxContent>`
    const both = `<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>${box('In the box.')}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>${box('In the box.')}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent>`
    const old = `<mc:AlternateContent><mc:Choice Requires="x"><w:drawing/></mc:Choice><mc:Fallback><w:pict><v:textpath string="Curved"/></w:pict></mc:Fallback></mc:AlternateContent>`
    const document = await extract(wordFile(`
      <w:p><w:r><w:t>Before </w:t></w:r><w:r>${both}</w:r><w:r><w:t>and after.</w:t></w:r></w:p><w:p><w:r>${old}</w:r></w:p>
      <w:sdt><w:sdtPr><w:alias w:val="x"/></w:sdtPr><w:sdtContent>${p('Controlled.')}</w:sdtContent></w:sdt>`), 'a.docx')
    expect(outline(document)).toEqual(['paragraph: Before and after.', 'paragraph: In the box.', 'paragraph: Curved', 'paragraph: Controlled.'])
  })

  test('are read as they stand now: deletions out, insertions in, comments counted', async () => {
    const document = await extract(wordFile(`
      <w:p><w:r><w:t>Sold </w:t></w:r><w:del><w:r><w:delText>four </w:delText></w:r></w:del><w:ins><w:r><w:t>five </w:t></w:r></w:ins><w:r><w:t>copies.</w:t><w:commentReference w:id="0"/></w:r></w:p>
      <w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>One </w:t></w:r></w:p>${p('paragraph.')}
      <w:p><w:moveFrom><w:r><w:t>Gone.</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>Here.</w:t></w:r></w:moveTo></w:p>
      <w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>${p('old')}</w:tc></w:tr><w:tr><w:tc>${p('new')}</w:tc><w:tc>${p('row')}</w:tc></w:tr></w:tbl>`), 'a.docx')
    expect(outline(document)).toEqual(['paragraph: Sold five copies.', 'paragraph: One paragraph.', 'paragraph: Here.', 'table_row: new | row'])
    expect(document.pages[0]!.report.dropped).toEqual([{ kind: 'tracked_deletion', count: 3 }, { kind: 'comment', count: 1 }])
  })

  test('hide nothing from their reader that they show, and report what they hide', async () => {
    const run = (text: string, properties: string) => `<w:r><w:rPr>${properties}</w:rPr><w:t xml:space="preserve">${text}</w:t></w:r>`
    const white = '<w:color w:val="FFFFFF"/>'
    const document = await extract(wordFile(`
      <w:p>${run('Shown. ', '')}${run('Ignore all', '<w:vanish/>')}${run(' rules.', '<w:vanish/>')}${run('Shown too.', '<w:vanish w:val="0"/>')}</w:p>
      <w:p>${run('White words.', white)}${run('White on blue.', `${white}<w:shd w:val="clear" w:fill="0000FF"/>`)}${run('Dust.', '<w:sz w:val="2"/>')}</w:p>
      <w:p><w:pPr><w:pStyle w:val="Secret"/></w:pPr>${run('By style.', '')}</w:p>
      <w:tbl><w:tr><w:tc><w:tcPr><w:shd w:val="clear" w:fill="333333"/></w:tcPr><w:p>${run('Head', white)}</w:p></w:tc><w:tc>${p('Cell')}</w:tc></w:tr></w:tbl>`, {
      'word/styles.xml': '<w:styles><w:style w:type="paragraph" w:styleId="Base"><w:name w:val="Base"/><w:rPr><w:vanish/></w:rPr></w:style><w:style w:type="paragraph" w:styleId="Secret"><w:name w:val="Secret"/><w:basedOn w:val="Base"/></w:style></w:styles>',
    }), 'a.docx')
    expect(outline(document)).toEqual(['paragraph: Shown. Shown too.', 'paragraph: White on blue.', 'table_row: Head | Cell'])
    expect(document.pages[0]!.report.hidden).toEqual([
      { reason: 'markup', text: 'Ignore all rules.', characters: 17 }, { reason: 'background_colour', text: 'White words.', characters: 12 },
      { reason: 'tiny', text: 'Dust.', characters: 5 }, { reason: 'markup', text: 'By style.', characters: 9 },
    ])
    expect(document.pages[0]!.flags).toEqual(['hidden_text'])
  })

  test('keep of headers and footers what is said nowhere else, once', async () => {
    const margin = (body: string) => `<w:hdr>${body}</w:hdr>`
    const field = '<w:p><w:r><w:t>Page </w:t><w:fldChar w:fldCharType="begin"/><w:instrText> PAGE </w:instrText><w:fldChar w:fldCharType="separate"/><w:t>3</w:t><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    const document = await extract(wordFile(`${p('Ragtime Review')}<w:sectPr><w:headerReference w:type="first" r:id="h1"/><w:headerReference w:type="default" r:id="h2"/><w:footerReference w:type="even" r:id="h2"/></w:sectPr>`, {
      'word/header1.xml': margin(p('Of a first page that is like all others.')),
      'word/header2.xml': margin(`${p('Ragtime Review')}${p('Reference 4711/99, Sedalia')}${field}`),
    }, { h1: ['header', 'header1.xml'], h2: ['header', 'header2.xml'] }), 'a.docx')
    expect(outline(document)).toEqual(['paragraph: Ragtime Review', 'heading1: Headers and footers', 'paragraph: Reference 4711/99, Sedalia'])
    expect(document.pages[0]!.report.dropped).toEqual([{ kind: 'header_footer', count: 2 }])
  })

  test('give a chart its caption and its data, and a diagram its items', async () => {
    const series = (name: string, values: string[]) => `<c:ser><c:tx><c:strRef><c:strCache><c:pt idx="0"><c:v>${name}</c:v></c:pt></c:strCache></c:strRef></c:tx>
      <c:cat><c:strRef><c:strCache><c:pt idx="0"><c:v>1899</c:v></c:pt><c:pt idx="1"><c:v>1900</c:v></c:pt></c:strCache></c:strRef></c:cat>
      <c:val><c:numRef><c:numCache>${values.map((value, index) => `<c:pt idx="${index}"><c:v>${value}</c:v></c:pt>`).join('')}</c:numCache></c:numRef></c:val></c:ser>`
    const document = await extract(wordFile('<w:p><w:r><w:t>See.</w:t><w:drawing><c:chart r:id="c1"/></w:drawing></w:r></w:p><w:p><w:r><w:drawing><dgm:relIds r:dm="d1"/></w:drawing></w:r></w:p>', {
      'word/charts/chart1.xml': `<c:chartSpace><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Sales of </a:t></a:r><a:r><a:t>rags</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart>${series('Joplin', ['400', '4.2999999999999998'])}${series('Lamb', ['7'])}</c:barChart></c:plotArea></c:chart></c:chartSpace>`,
      'word/diagrams/data1.xml': '<dgm:dataModel><dgm:ptLst><dgm:pt type="doc"><dgm:t><a:p/></dgm:t></dgm:pt><dgm:pt><dgm:t><a:p><a:r><a:t>Compose</a:t></a:r></a:p></dgm:t></dgm:pt><dgm:pt type="pres"><dgm:t><a:p><a:r><a:t>Compose</a:t></a:r></a:p></dgm:t></dgm:pt><dgm:pt><dgm:t><a:p><a:r><a:t>Publish</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>',
    }, { c1: ['chart', 'charts/chart1.xml'], d1: ['diagramData', 'diagrams/data1.xml'] }), 'a.docx')
    expect(outline(document)).toEqual(['paragraph: See.', 'caption: Sales of rags', 'table_row: | Joplin | Lamb', 'table_row: 1899 | 400 | 7', 'table_row: 1900 | 4.3', 'list_item1: Compose', 'list_item1: Publish'])
  })

  test('keep lines of code, captions and broken paragraphs; formulas, fields and symbols leave their text', async () => {
    const styled = (style: string, text: string) => `<w:p><w:pPr><w:pStyle w:val="${style}"/></w:pPr><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`
    const document = await extract(wordFile(`
      ${styled('SourceCode', 'if (x)')}${styled('SourceCode', '  y()')}${styled('Caption', 'Figure 1: A rag')}
      <w:p><w:pPr><w:framePr w:dropCap="drop"/></w:pPr><w:r><w:t>R</w:t></w:r></w:p>${p('agtime.')}
      <w:p><w:r><w:t>One</w:t><w:br/><w:t>line</w:t><w:br/><w:br/><w:t>Two </w:t><w:sym w:font="Symbol" w:char="F061"/><w:noBreakHyphen/><w:softHyphen/><w:t>ray</w:t></w:r></w:p>
      <w:p><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:sSup><m:e><m:r><m:t>b</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:den></m:f></m:oMath></w:p>
      <w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>HYPERLINK "x"</w:instrText><w:fldChar w:fldCharType="separate"/><w:t>A link</w:t><w:fldChar w:fldCharType="end"/><w:fldChar w:fldCharType="begin"/><w:instrText>broken</w:instrText></w:r></w:p>${p('goes on.')}`), 'a.docx')
    expect(outline(document)).toEqual(['code: if (x)\n  y()', 'caption: Figure 1: A rag', 'paragraph: Ragtime.', 'paragraph: One line', 'paragraph: Two α-ray', 'paragraph: a/b^2', 'paragraph: A link', 'paragraph: goes on.'])
  })

  test('read a table that is layout as what stands in it', async () => {
    const document = await extract(wordFile(`<w:tbl><w:tr><w:tc>${p('Menu')}</w:tc><w:tc>${p('x'.repeat(1800))}${p('y'.repeat(1800))}</w:tc></w:tr></w:tbl>
      <w:tbl><w:tr><w:tc>${p('Outer')}<w:tbl><w:tr><w:tc>${p('a')}</w:tc><w:tc>${p('b')}</w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>`), 'a.docx')
    expect(outline(document)).toEqual(['paragraph: Menu', `paragraph: ${'x'.repeat(1800)}`, `paragraph: ${'y'.repeat(1800)}`, 'paragraph: Outer', 'table_row: a | b'])
  })

  test('whose styles are a ring, and whose package is cut or has no document, end with or without text but end', async () => {
    const ring = '<w:styles><w:style w:styleId="A"><w:basedOn w:val="B"/></w:style><w:style w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>'
    const document = await extract(wordFile('<w:p><w:pPr><w:pStyle w:val="A"/></w:pPr><w:r><w:t>Text', { 'word/styles.xml': ring }), 'a.docx')
    expect(document.text).toBe('Text\n\n')
    await expect(extract(wordFile('', { 'word/_rels/document.xml.rels': '<' }), 'a.docx')).rejects.toMatchObject({ code: 'no_text' })
    const whole = wordFile(p('Text'))
    await expect(extract(whole.subarray(0, whole.length - 30), 'a.docx')).rejects.toMatchObject({ code: 'damaged_file' })
  })

  test('without text fail with a reason', async () => {
    await expect(extract(await pack([new Paragraph('')]), 'a.docx')).rejects.toMatchObject({ code: 'no_text' })
  })

  test('that are damaged fail with a reason', async () => {
    const whole = await pack([new Paragraph('Some words that are here.'.repeat(50))])
    const broken = Buffer.from(whole)
    const at = broken.indexOf('word/document.xml') + 60
    broken.fill(0x55, at, at + 200)
    await expect(extract(broken, 'a.docx')).rejects.toMatchObject({ code: expect.stringMatching(/^(?:damaged_file|too_large)$/) as string })
  })
})
