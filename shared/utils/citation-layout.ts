import type { AnswerSentence, Citation } from '../schemas/chats.ts'
import type { MarkdownBlock, MarkdownCode, MarkdownNode, MarkdownText } from './markdown.ts'

/** A footnote number and the offset in the Markdown source after which it stands. */
export interface Chip { n: number, at: number }

/** What is drawn into one block besides its text. */
export interface BlockMarks {
  /** Ascending by the place where they are drawn. `leaf` counts the block's texts and code in reading order. */
  chips: { n: number, leaf: number, offset: number }[]
  /** Ranges of the source that no citation supports. */
  unsupported: [start: number, end: number][]
}

export type Leaf = MarkdownText | MarkdownCode

/** A block's texts and code in reading order. */
export function leavesOf(node: MarkdownNode, into: Leaf[] = []): Leaf[] {
  if (node.kind === 'text' || node.kind === 'code') into.push(node)
  else if (node.kind === 'element') for (const child of node.children) leavesOf(child, into)
  return into
}

/** Footnote numbers in the order in which they stand; numbers at one place ascend. */
export function chipsOf(citations: Pick<Citation, 'n' | 'anchors'>[]): Chip[] {
  return citations
    .flatMap(({ n, anchors }) => [...new Set(anchors)].map(at => ({ n, at })))
    .sort((a, b) => a.at - b.at || a.n - b.n)
}

/**
 * Divides footnote numbers and unsupported ranges among the blocks of an answer.
 *
 * A number stands after the last text that begins before its offset: never before the words it belongs to, never in the
 * next paragraph, cell or list item, and never inside Markdown's own marks. Every number is placed exactly once, also
 * while the text before it is still being written (`blocks` not empty).
 */
export function layoutMarks(blocks: MarkdownBlock[], chips: Chip[], sentences: AnswerSentence[]): BlockMarks[] {
  const leaves = blocks.map(block => leavesOf(block.node))
  const marks: BlockMarks[] = blocks.map(block => ({
    chips: [],
    unsupported: sentences
      .filter(sentence => !sentence.supported && sentence.start < block.to && sentence.end > block.from)
      .map(sentence => [sentence.start, sentence.end]),
  }))
  const places = leaves.flatMap((own, block) => own.map((leaf, index) => ({ block, index, leaf })))
  if (places.length === 0) return marks

  for (const { n, at } of chips) {
    const place = lastBefore(places, at) ?? places[0]!
    const { leaf } = place
    const offset = leaf.kind === 'code' ? leaf.text.length : Math.min(Math.max(at - leaf.from, 0), leaf.text.length)
    const isDrawn = marks[place.block]!.chips.some(chip => chip.n === n && chip.leaf === place.index && chip.offset === offset)
    if (!isDrawn) marks[place.block]!.chips.push({ n, leaf: place.index, offset })
  }
  return marks
}

function lastBefore<T extends { leaf: Leaf }>(places: T[], at: number): T | undefined {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (places[middle]!.leaf.from < at) low = middle + 1
    else high = middle
  }
  return places[low - 1]
}

/** A stretch of a text as it is drawn: its characters, whether a citation supports it, and the numbers after it. */
export interface TextPiece { text: string, unsupported: boolean, chips: number[] }

/** Cuts one text at its footnote numbers and at the borders of unsupported sentences. */
export function cutText(leaf: MarkdownText, chips: { n: number, offset: number }[], unsupported: [number, number][]): TextPiece[] {
  const inside = (offset: number) => offset > 0 && offset < leaf.text.length
  const cuts = new Set([0, leaf.text.length])
  for (const { offset } of chips) if (inside(offset)) cuts.add(offset)
  for (const [start, end] of unsupported) for (const offset of [start - leaf.from, end - leaf.from]) if (inside(offset)) cuts.add(offset)

  const borders = [...cuts].sort((a, b) => a - b)
  const pieces: TextPiece[] = []
  const atStart = chips.filter(chip => chip.offset === 0).map(chip => chip.n)
  if (atStart.length > 0) pieces.push({ text: '', unsupported: false, chips: atStart })
  for (let index = 1; index < borders.length; index++) {
    const [start, end] = [borders[index - 1]!, borders[index]!]
    pieces.push({
      text: leaf.text.slice(start, end),
      unsupported: unsupported.some(([from, to]) => from <= leaf.from + start && leaf.from + end <= to),
      chips: chips.filter(chip => chip.offset === end).map(chip => chip.n),
    })
  }
  return pieces
}
