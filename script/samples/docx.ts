import { AlignmentType, BorderStyle, Document, HeadingLevel, LevelFormat, Packer, Paragraph, Table, TableCell, TableRow, TextRun, WidthType } from 'docx'
import { unzipSync, zipSync } from 'fflate'
import MarkdownIt, { type Token } from 'markdown-it'

/** The day stamped into built files, so that the same source gives the same bytes. */
export const BUILD_DATE = new Date('2026-01-01T00:00:00Z')

const HEADINGS: Record<string, (typeof HeadingLevel)[keyof typeof HeadingLevel]> = {
  h1: HeadingLevel.TITLE, h2: HeadingLevel.HEADING_1, h3: HeadingLevel.HEADING_2,
}
const BULLETS = 'bullets'

/** Bold, italic and plain runs of one line of Markdown. */
function runs(inline: Token): TextRun[] {
  const result: TextRun[] = []
  let bold = false
  let italics = false
  for (const token of inline.children ?? []) {
    if (token.type === 'strong_open') bold = true
    else if (token.type === 'strong_close') bold = false
    else if (token.type === 'em_open') italics = true
    else if (token.type === 'em_close') italics = false
    else if (token.content) result.push(new TextRun({ text: token.content, bold, italics }))
  }
  return result
}

function tableOf(rows: Token[][], header: number): Table {
  const line = { style: BorderStyle.SINGLE, size: 4, color: 'C9C0B4' }
  return new Table({
    width: { size: 100, type: WidthType.PERCENTAGE },
    borders: { top: line, bottom: line, left: line, right: line, insideHorizontal: line, insideVertical: line },
    rows: rows.map((cells, index) => new TableRow({
      tableHeader: index < header,
      cantSplit: true,
      children: cells.map(cell => new TableCell({ children: [new Paragraph({ children: runs(cell) })] })),
    })),
  })
}

/**
 * Turns Markdown (headings, paragraphs, bullets, one level, and tables) into the bytes of a Word document with real
 * styles: headings, list and table are what they say, not formatted text.
 */
export async function markdownToDocx(markdown: string): Promise<Uint8Array> {
  const children: (Paragraph | Table)[] = []
  let block = 'p'
  let inList = false
  let rows: Token[][] | null = null
  let headerRows = 0
  let title = ''
  for (const token of new MarkdownIt({ typographer: true, quotes: '“”‘’' }).parse(markdown, {})) {
    if (token.type === 'heading_open') block = token.tag
    else if (token.type === 'paragraph_open') block = 'p'
    else if (token.type === 'bullet_list_open') inList = true
    else if (token.type === 'bullet_list_close') inList = false
    else if (token.type === 'table_open') rows = []
    else if (token.type === 'tr_open') rows?.push([])
    else if (token.type === 'thead_close') headerRows = rows?.length ?? 0
    else if (token.type === 'table_close' && rows) {
      children.push(tableOf(rows, headerRows), new Paragraph({}))
      rows = null
    }
    else if (token.type === 'inline' && rows) rows.at(-1)!.push(token)
    else if (token.type === 'inline') {
      if (block === 'h1') title = token.content
      children.push(new Paragraph({
        children: runs(token),
        heading: HEADINGS[block],
        numbering: inList ? { reference: BULLETS, level: 0 } : undefined,
      }))
    }
  }
  const document = new Document({
    title, creator: 'Ragtime', lastModifiedBy: 'Ragtime', description: 'A sample document of Ragtime',
    styles: {
      default: {
        document: { run: { font: 'Georgia', size: 23 }, paragraph: { spacing: { after: 140, line: 300 } } },
        title: { run: { font: 'Georgia', size: 46, bold: true }, paragraph: { spacing: { after: 240 } } },
        heading1: { run: { font: 'Georgia', size: 30, bold: true, color: '1D1A17' }, paragraph: { spacing: { before: 280, after: 120 } } },
      },
    },
    numbering: {
      config: [{
        reference: BULLETS,
        levels: [{
          level: 0, format: LevelFormat.BULLET, text: '•', alignment: AlignmentType.LEFT,
          style: { paragraph: { indent: { left: 480, hanging: 240 } } },
        }],
      }],
    },
    sections: [{ children }],
  })
  return withFixedDates(new Uint8Array(await Packer.toBuffer(document)))
}

/** Word files carry the moment they were written in their properties and in the archive. */
function withFixedDates(docx: Uint8Array): Uint8Array {
  const files = unzipSync(docx)
  const core = 'docProps/core.xml'
  const stamp = BUILD_DATE.toISOString().replace('.000', '')
  const properties = new TextDecoder().decode(files[core])
  files[core] = new TextEncoder().encode(properties.replace(/(<dcterms:(?:created|modified)[^>]*>)[^<]*/g, `$1${stamp}`))
  return zipSync(files, { level: 9, mtime: BUILD_DATE })
}
