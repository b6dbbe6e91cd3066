import type { Block, PageReport } from '../../../shared/schemas/documents.ts'
import { MAX_HIDDEN_CHARS, MAX_HIDDEN_RUNS } from '../../../shared/utils/page-notes.ts'
import { normalise } from '../normalise.ts'
import type { LayoutBlock } from './blocks.ts'
import type { Glyph, PageGlyphs } from './glyphs.ts'

/** What happened to a page on the way to its text. */
export interface PageStory {
  page: PageGlyphs
  blocks: LayoutBlock[]
  /** Lines of running headers and footers. */
  furniture: number
  scanned: boolean
}

/** The report of a page whose text and blocks these are. */
export function reportOf({ page, blocks, furniture, scanned }: PageStory, text: string, placed: Block[], mended: { ligatures: number, characters: number }): PageReport {
  const covered = blocks.reduce((sum, block) => sum + block.lines.reduce((lines, line) => lines + line.segments.reduce((area, { x0, x1, y0, y1 }) => area + (x1 - x0) * (y1 - y0), 0), 0), 0)
  const area = page.width * page.height
  const hyphenations = blocks.reduce((sum, block) => sum + block.hyphenations, 0)
  return {
    characters: text.length,
    coverage: area > 0 ? Math.min(1, Math.round(covered / area * 1000) / 1000) : null,
    scanned,
    ocr: page.scan?.ocr ?? null,
    tables: tablesIn(placed),
    hidden: hiddenRuns(page.hidden),
    repairs: counted({ hyphenation: hyphenations, ligature: mended.ligatures, control_character: mended.characters, accent: page.accents, unmapped_character: page.unmapped }),
    dropped: counted({ header_footer: furniture, image: page.scan?.ocr ? 0 : page.images, turned_text: page.turned, unsure_word: page.scan?.unsure ?? 0 }),
  }
}

function counted(counts: Record<string, number>): { kind: string, count: number }[] {
  return Object.entries(counts).filter(([, count]) => count > 0).map(([kind, count]) => ({ kind, count }))
}

/** Rows that follow each other are one table. */
function tablesIn(blocks: Block[]): number {
  return blocks.filter((block, index) => block.kind === 'table_row' && blocks[index - 1]?.kind !== 'table_row').length
}

function hiddenRuns(runs: Glyph[][]): PageReport['hidden'] {
  return runs.slice(0, MAX_HIDDEN_RUNS).map(glyphs => ({
    reason: glyphs[0]!.hidden!,
    text: normalise(glyphs.slice(0, MAX_HIDDEN_CHARS).map((glyph, index) => (index > 0 && glyph.spaced ? ' ' : '') + glyph.text).join('')).slice(0, MAX_HIDDEN_CHARS).toWellFormed(),
    characters: glyphs.length,
  }))
}
