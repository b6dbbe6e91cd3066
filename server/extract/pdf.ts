import { plainReport } from '../../shared/utils/page-notes.ts'
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
import { looksScanned, PdfScans } from './pdf/scans.ts'
import { stitchColumns, turnPage } from './pdf/stitch.ts'
import { Vocabulary } from './pdf/vocabulary.ts'
import type { ExtractedPage } from './types.ts'

/** A page is laid out when this many after it are known: headers, type sizes and hyphenations show in comparison. */
const LOOK_AHEAD = 10
/** Pages before and after that a header is compared with. */
const NEIGHBOURS = 8

interface Draft { index: number, page: PageGlyphs, segments: Segment[], edges: Edges }

/** PDF: text in reading order with the box of every character, headings, lists, tables and captions found from the layout. */
export async function* extractPdf({ bytes, pageLimit, hiddenText, ocr }: Source): AsyncGenerator<FormatEvent> {
  const pdfium = await loadPdfium()
  const document = openPdf(pdfium, bytes)
  const count = pdfium.api.FPDF_GetPageCount(document)
  if (count <= 0) throw new ExtractFailure('damaged_file')
  if (count > pageLimit) throw new ExtractFailure('too_many_pages')
  let title = metadataTitle(pdfium, document)
  let announced = false
  let found = false
  let scanned = false
  const reader = new GlyphReader(pdfium, document, bytes, hiddenText === 'include')
  for await (const event of new PageLayout(reader, count, ocr && new PdfScans(pdfium, document, ocr)).pages()) {
    if (event.type === 'recognising') {
      yield event
      continue
    }
    const { page, largest } = event
    if (!announced) {
      title ??= largest
      yield { type: 'document', pages: count, title }
      announced = true
    }
    if (page.text) found = true
    if (page.flags.includes('looks_scanned')) scanned = true
    yield { type: 'page', page }
  }
  if (!found) throw new ExtractFailure(!scanned ? 'no_text' : ocr ? 'scanned' : 'scanned_unread')
}

/** Gives the characters of a page by its index, null when it is damaged beyond reading. */
export interface PageReader { read: (index: number) => PageGlyphs | null }

/** Gives the characters of pages that are pictures. */
export interface ScanReader {
  /** Whether this page is one to be recognised. */
  wants: (page: PageGlyphs) => boolean
  /** Whether the next one will be: not all pages of a long document are. */
  readonly ready: boolean
  recognise: (index: number, page: PageGlyphs) => Promise<PageGlyphs | null>
}

type LayoutEvent = Extract<FormatEvent, { type: 'recognising' }> | { type: 'page', page: ExtractedPage, largest: string | null }

/** Lays out pages in order while it reads ahead of them. */
export class PageLayout {
  readonly #reader: PageReader
  readonly #scans: ScanReader | null
  readonly #count: number
  readonly #vocabulary = new Vocabulary()
  readonly #headings = new HeadingFinder()
  readonly #gutters: KnownGutters = []
  readonly #edges = new Map<number, Edges>()
  /** The last page ended in the middle of a paragraph. */
  #continues = false

  /** Without `scans` pictures stay pictures. */
  constructor(reader: PageReader, count: number, scans: ScanReader | null) {
    this.#reader = reader
    this.#count = count
    this.#scans = scans
  }

  async* pages(): AsyncGenerator<LayoutEvent> {
    const ahead: (Draft | null)[] = []
    for (let index = 0; index < this.#count + LOOK_AHEAD; index++) {
      if (index < this.#count) {
        let page = this.#reader.read(index)
        if (page && this.#scans?.wants(page)) {
          if (this.#scans.ready) yield { type: 'recognising', page: index + 1, pages: this.#count }
          page = await this.#scans.recognise(index, page)
        }
        ahead.push(page && this.#draft(index, page))
      }
      if (index < LOOK_AHEAD) continue
      const done = index - LOOK_AHEAD
      yield { type: 'page', ...this.#layOut(done, ahead.shift() ?? null) }
      this.#edges.delete(done - NEIGHBOURS)
    }
  }

  #draft(index: number, page: PageGlyphs): Draft {
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
    const story = { page: draft.page, furniture: furniture.size, scanned: looksScanned(draft.page) || draft.page.scan !== undefined }
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
    for (const aside of draft.page.asides) {
      const turned = aside[0]!.style.turn === null ? [slantedBlock(aside)] : columnsOf(segmentsOf(aside), []).flatMap(column => blocksOf(linesOf(column), this.#vocabulary))
      // A paragraph that goes on with the next page stays the last.
      blocks.splice(continues ? blocks.length - 1 : blocks.length, 0, ...turned)
    }
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
  if (page.glyphs.length === 0) flags.push('empty')
  if (page.scan?.ocr) flags.push('ocr')
  else if (looksScanned(page)) flags.push('looks_scanned')
  if (page.scan?.unread) flags.push(page.scan.unread)
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
