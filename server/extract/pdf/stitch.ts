import { isUnfinished, joinLines, spell, type LayoutBlock } from './blocks.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Footnotes and the like are set smaller than this share of the text's size. */
const SMALL = 0.93
/** A float that holds more blocks than this is a page of its own. */
const MAX_ASIDES = 120

/**
 * Puts columns one after another and makes sentences whole that run from one into the next or around a float: captions,
 * tables and footnotes between the two halves of a paragraph move behind it.
 */
export function stitchColumns(columns: LayoutBlock[][], bodySize: number, vocabulary: Vocabulary): LayoutBlock[] {
  const stitched: LayoutBlock[] = []
  for (const column of columns) {
    for (const [index, block] of column.entries()) {
      const last = stitched.findLastIndex(other => !isAside(other, bodySize))
      const before = stitched[last]
      const asides = stitched.length - 1 - last
      // Within a column only something in between breaks a paragraph that goes on.
      const crosses = column.slice(0, index).every(other => isAside(other, bodySize))
      if (before && (crosses || asides > 0) && asides <= MAX_ASIDES && continues(before, block, bodySize, crosses)) {
        if (joinLines(before.pieces, block.pieces.filter(piece => typeof piece !== 'string'), vocabulary)) before.hyphenations++
        before.hyphenations += block.hyphenations
        before.pieces.push(...block.pieces)
        before.lines.push(...block.lines)
      }
      else {
        stitched.push(block)
      }
    }
  }
  return stitched
}

/**
 * Moves what stands between a page's unfinished last paragraph and the page's end before it, and what stands before the
 * other half on the next page behind that. The two halves are then neighbours in the canonical text.
 */
export function turnPage(blocks: LayoutBlock[], fromBefore: boolean, bodySize: number): { blocks: LayoutBlock[], continues: boolean } {
  let ordered = blocks
  const first = ordered.findIndex(block => !isAside(block, bodySize))
  const start = ordered[first]
  if (fromBefore && first > 0 && start?.kind === 'paragraph' && isBody(start, bodySize) && startsLow(start)) {
    ordered = [start, ...ordered.slice(0, first), ...ordered.slice(first + 1)]
  }
  const last = ordered.findLastIndex(block => !isAside(block, bodySize))
  const end = ordered[last]
  const continues = end !== undefined && end.kind !== 'heading' && isBody(end, bodySize) && isUnfinished(end)
  if (continues && last > 0) ordered = [...ordered.slice(0, last), ...ordered.slice(last + 1), end]
  return { blocks: ordered, continues }
}

function continues(before: LayoutBlock, after: LayoutBlock, bodySize: number, crosses: boolean): boolean {
  if (!isBody(before, bodySize) || !isUnfinished(before) || isAside(after, bodySize)) return false
  if (Math.abs(before.size - after.size) > 0.08 * after.size || before.bold !== after.bold) return false
  const open = /(?:,|\b(?:and|or))$/.test(spell(before).trimEnd())
  if (after.kind === 'list_item') return open && /^\(/.test(spell(after))
  if (after.kind !== 'paragraph') return false
  return startsLow(after) || open || (crosses && lastLineIsFull(before) && after.lines.length > 1)
}

function startsLow(block: LayoutBlock): boolean {
  return /^[\p{Ll}(,;]/u.test(spell(block).slice(0, 4))
}

function lastLineIsFull({ lines }: LayoutBlock): boolean {
  const last = lines.at(-1)!
  return last.x1 > Math.max(...lines.map(line => line.x1)) - 1.5 * last.size
}

/** A line of prose or more in the text's size, not a label in a figure. */
function isBody(block: LayoutBlock, bodySize: number): boolean {
  return block.lines.length > 1 && Math.abs(block.size - bodySize) < 0.1 * bodySize
}

function isAside(block: LayoutBlock, bodySize: number): boolean {
  return block.kind === 'caption' || block.kind === 'table_row' || block.kind === 'code' || (block.kind !== 'heading' && block.size < SMALL * bodySize)
}
