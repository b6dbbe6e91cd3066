import { Document, ExternalHyperlink, FootnoteReferenceRun, HeadingLevel, ImageRun, LevelFormat, Packer, Paragraph, Table, TableCell, TableRow, TextRun } from 'docx'
import { describe, expect, test } from 'vitest'
import { outline, setUp } from './support/extract.ts'

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
    expect(outline(document).slice(0, 9)).toEqual([
      'heading1: Ragtime', 'heading1: Origins', 'paragraph: It began in Missouri[1].', 'heading3: Deep',
      'list_item1: One', 'list_item2: Nested', 'table_row: Year | Rag', 'table_row: 1899 | Maple Leaf', 'paragraph: A link',
    ])
    expect(document.text).toContain('Berlin 1980.')
    expect(document.text).not.toContain('javascript')
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
