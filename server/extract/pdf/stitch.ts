import { isContinuation, isUnfinished, joinLines, type LayoutBlock } from './blocks.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Footnotes and the like are set smaller than this share of the text's size. */
const SMALL = 0.93

/**
 * Puts columns one after another and makes sentences whole that run from one into the next: captions, tables and
 * footnotes between the two halves of a paragraph move behind it.
 */
export function stitchColumns(columns: LayoutBlock[][], bodySize: number, vocabulary: Vocabulary): LayoutBlock[] {
  const stitched: LayoutBlock[] = []
  for (const column of columns) {
    const last = stitched.findLastIndex(block => !isAside(block, bodySize))
    const next = column.findIndex(block => !isAside(block, bodySize))
    const before = stitched[last]
    const after = column[next]
    if (before && after && isUnfinished(before) && isContinuation(after) && Math.abs(before.size - after.size) < 0.08 * after.size) {
      const glyphs = after.lines.length > 0 ? after.pieces.filter(piece => typeof piece !== 'string') : []
      joinLines(before.pieces, glyphs, vocabulary)
      before.pieces.push(...after.pieces)
      before.lines.push(...after.lines)
      stitched.push(...column.filter(block => block !== after))
    }
    else {
      stitched.push(...column)
    }
  }
  return stitched
}

function isAside(block: LayoutBlock, bodySize: number): boolean {
  return block.kind === 'caption' || block.kind === 'table_row' || block.kind === 'code' || (block.kind !== 'heading' && block.size < SMALL * bodySize)
}
