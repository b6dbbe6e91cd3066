import { plainReport } from '../../shared/schemas/documents.ts'
import { ExtractFailure } from './failures.ts'
import { cleanTitle, type FormatEvent, type Source } from './format.ts'
import { normalise } from './normalise.ts'
import { blocksOf, spell, type LayoutBlock } from './pdf/blocks.ts'
import { columnsOf, type KnownGutters } from './pdf/columns.ts'
import { edgesOf, furnitureOf, type Edges } from './pdf/furniture.ts'
import { GlyphReader, type Glyph, type PageGlyphs } from './pdf/glyphs.ts'
import { demoteAuthors, HeadingFinder } from './pdf/headings.ts'
import { linesOf, segmentsOf, type Segment } from './pdf/lines.ts'
import { composePdfPage } from './pdf/page.ts'
import { loadPdfium, openPdf, type Pdfium } from './pdf/pdfium.ts'
import { stitchColumns, turnPage } from './pdf/stitch.ts'
import { SCAN_SHARE } from './pdf/visibility.ts'
import { Vocabulary } from './pdf/vocabulary.ts'
import type { ExtractedPage } from './types.ts'

/** A page is laid out when this many after it are known: headers, type sizes and hyphenations show in comparison. */
const LOOK_AHEAD = 10
/** Pages before and after that a header is compared with. */
const NEIGHBOURS = 8
/** A picture with fewer characters of its own is a scan. */
const SCAN_CHARACTERS = 40

interface Draft { index: number, page: PageGlyphs, segments: Segment[], edges: Edges }

/** PDF: text in reading order with the box of every character, headings, lists, tables and captions found from the layout. */
export async function* extractPdf({ bytes, pageLimit, hiddenText }: Source): AsyncGenerator<FormatEvent> {
  const pdfium = await loadPdfium()
  const document = openPdf(pdfium, bytes)
  const count = pdfium.api.FPDF_GetPageCount(document)
  if (count <= 0) throw new ExtractFailure('damaged_file')
  if (count > pageLimit) throw new ExtractFailure('too_many_pages')
  let title = metadataTitle(pdfium, document)
  let announced = false
  let found = false
  let scanned = false
  for (const { page, largest } of new PdfReader(new GlyphReader(pdfium, document, bytes, hiddenText === 'include'), count).pages()) {
    if (!announced) {
      title ??= largest
      yield { type: 'document', pages: count, title }
      announced = true
    }
    if (page.text) found = true
    if (page.flags.includes('looks_scanned')) scanned = true
    yield { type: 'page', page }
  }
  if (!found) throw new ExtractFailure(scanned ? 'scanned' : 'no_text')
}

/** Lays out pages in order while it reads ahead of them. */
class PdfReader {
  readonly #reader: GlyphReader
  readonly #count: number
  readonly #vocabulary = new Vocabulary()
  readonly #headings = new HeadingFinder()
  readonly #gutters: KnownGutters = []
  readonly #edges = new Map<number, Edges>()
  /** The last page ended in the middle of a paragraph. */
  #continues = false

  constructor(reader: GlyphReader, count: number) {
    this.#reader = reader
    this.#count = count
  }

  * pages(): Generator<{ page: ExtractedPage, largest: string | null }> {
    const ahead: (Draft | null)[] = []
    for (let index = 0; index < this.#count + LOOK_AHEAD; index++) {
      if (index < this.#count) ahead.push(this.#draft(index))
      if (index < LOOK_AHEAD) continue
      const done = index - LOOK_AHEAD
      yield this.#layOut(done, ahead.shift() ?? null)
      this.#edges.delete(done - NEIGHBOURS)
    }
  }

  #draft(index: number): Draft | null {
    const page = this.#reader.read(index)
    if (!page) return null
    const segments = segmentsOf(page.glyphs)
    for (const segment of segments) this.#headings.observe(segment.size, segment.glyphs.length, segment.glyphs.every(glyph => glyph.style.bold))
    const lines = linesOf(segments)
    for (const line of lines) this.#vocabulary.add(line)
    const edges = edgesOf(lines, page.turn % 2 === 0 ? page.height : page.width)
    this.#edges.set(index, edges)
    return { index, page, segments, edges }
  }

  #layOut(index: number, draft: Draft | null): { page: ExtractedPage, largest: string | null } {
    const number = index + 1
    if (!draft) return { page: { number, label: null, text: '', width: null, height: null, blocks: [], flags: ['damaged'], report: plainReport(''), boxes: null }, largest: null }
    const neighbours: Edges[] = []
    for (let other = index - NEIGHBOURS; other <= index + NEIGHBOURS; other++) {
      const edges = this.#edges.get(other)
      if (other !== index && edges) neighbours.push(edges)
    }
    const repeated = furnitureOf(draft.edges, neighbours)
    // Pages of nothing but what repeats are copies of one page, and that is their text.
    const furniture = repeated.size < draft.segments.length ? repeated : new Set<Segment>()
    const body = draft.segments.filter(segment => !furniture.has(segment))
    const flags = flagsOf(draft.page)
    const story = { page: draft.page, furniture: furniture.size, scanned: flags.includes('looks_scanned') }
    if (draft.page.slanted) return { page: composePdfPage(number, { ...story, blocks: [slantedBlock(draft.page.glyphs)] }, flags), largest: null }
    const columns = columnsOf(body, this.#gutters).map((column) => {
      const blocks = blocksOf(linesOf(column), this.#vocabulary)
      this.#headings.mark(blocks)
      return blocks
    })
    const { bodySize } = this.#headings
    const stitched = stitchColumns(columns, bodySize, this.#vocabulary)
    if (index === 0) demoteAuthors(stitched)
    const { blocks, continues } = turnPage(stitched, this.#continues, bodySize)
    this.#continues = continues
    const page = composePdfPage(number, { ...story, blocks }, [...flags, ...continues ? ['continues'] : []])
    return { page, largest: index === 0 ? largestText(blocks, bodySize) : null }
  }
}

/** Text that no layout can be read from: its words in the order of the file. */
function slantedBlock(glyphs: Glyph[]): LayoutBlock {
  return { kind: 'paragraph', pieces: glyphs.flatMap((glyph, index) => index > 0 && glyph.spaced ? [' ', glyph] : [glyph]), size: 0, bold: false, lines: [], hyphenations: 0 }
}

function flagsOf(page: PageGlyphs): string[] {
  const flags: string[] = []
  const scanned = page.imageShare > SCAN_SHARE
  if (page.glyphs.length === 0) flags.push('empty')
  if (scanned && page.glyphs.length < SCAN_CHARACTERS) flags.push('looks_scanned')
  if (page.recognised) flags.push('recognised_text')
  if (page.hidden.length > 0) flags.push('hidden_text')
  if (page.unmapped > Math.max(5, 0.2 * page.glyphs.length)) flags.push('unreadable_characters')
  if (page.truncated) flags.push('truncated')
  return flags
}

function metadataTitle({ api, utf16 }: Pdfium, document: number): string | null {
  const title = normalise(utf16((pointer, bytes) => api.FPDF_GetMetaText(document, 'Title', pointer, bytes)))
  const madeUp = /^(?:untitled|title|microsoft (?:word|powerpoint|excel)|document\s*\d*$|slide 1$)|\.(?:docx?|dvi|tex|indd|qxd|pdf|pptx?|xlsx?|fm|rtf|html?|txt|ps|eps)$|^[a-z0-9_-]+$/i
  return madeUp.test(title) ? null : cleanTitle(title)
}

/** The first page's largest text, if it stands out and is short enough for a title. */
function largestText(blocks: LayoutBlock[], bodySize: number): string | null {
  const candidates = blocks.filter(block => block.size > bodySize * 1.15 && spell(block).trim().length > 3)
  if (candidates.length === 0) return null
  const best = candidates.reduce((a, b) => b.size > a.size + 0.1 ? b : a)
  const text = normalise(spell(best))
  return text.length <= 250 ? cleanTitle(text) : null
}
