import { createSegmenter, cutLong, type Unit } from './segment.ts'
import type { CanonicalPage, ChunkDraft } from './types.ts'

/** all-MiniLM reads 256 word-pieces; 200 leave room for the title and heading prefix. */
export const MAX_CHUNK_TOKENS = 200
/** Share of a window that text may fill; the rest is for the prefix. */
const WINDOW_SHARE = MAX_CHUNK_TOKENS / 256
/** A heading longer than this is body text that was taken for one; its path element is cut. */
const MAX_HEADING_CHARS = 200

/** Tokens that a chunk may have: a larger window makes none larger, since a chunk is what is read and cited; a smaller one does. */
export function chunkTokens(embedder: { window: number } | null): number {
  return embedder ? Math.min(MAX_CHUNK_TOKENS, Math.floor(embedder.window * WINDOW_SHARE)) : MAX_CHUNK_TOKENS
}

interface Counted extends Unit { tokens: number }

export interface Chunker {
  /** Takes the next page, in order, and yields the chunks that it completes. */
  push: (page: CanonicalPage) => Generator<ChunkDraft>
  /** Yields what is left after the last page. */
  finish: () => Generator<ChunkDraft>
}

/**
 * Cuts a document into chunks while its pages come in; it holds no more text than two chunks and the page at hand.
 *
 * A chunk is a contiguous range of the canonical text. It begins and ends with a sentence, opens with the headings that
 * stand right before it, never runs over a heading, and stays within `maxTokens`. Chunks do not overlap: every sentence
 * has one home, so a citation has one chunk, and retrieval fetches neighbours where context is wanted.
 */
export function createChunker({ countTokens, maxTokens = MAX_CHUNK_TOKENS }: { countTokens: (text: string) => number, maxTokens?: number }): Chunker {
  const segmenter = createSegmenter()
  let ordinal = 0
  let pages: CanonicalPage[] = []
  const headings: { level: number, text: string }[] = []
  // `held` is the full chunk before `open`, kept until the section's end shows whether the two must be balanced.
  let held: Counted[] = []
  let open: Counted[] = []

  function* push(page: CanonicalPage): Generator<ChunkDraft> {
    pages.push(page)
    yield* take(segmenter.push(page))
    const needed = (held[0] ?? open[0])?.start ?? segmenter.carriedFrom ?? page.end
    pages = pages.filter(({ end }) => end > needed)
  }

  function* finish(): Generator<ChunkDraft> {
    yield* take(segmenter.finish())
    yield* endSection()
    pages = []
  }

  function* take(units: Iterable<Unit>): Generator<ChunkDraft> {
    for (const unit of units) {
      for (const piece of count(unit)) {
        if (piece.kind === 'heading') yield* enterSection(piece)
        yield* append(piece)
      }
    }
  }

  /** The unit with its token count, cut where it alone would exceed the budget (dense scripts, long rows). */
  function count(unit: Unit): Counted[] {
    const { text } = unit
    const tokens = countTokens(text)
    if (tokens <= maxTokens || text.length <= 2) return [{ ...unit, tokens }]
    const max = Math.max(2, Math.floor(text.length * Math.min(0.9, maxTokens / tokens)))
    return cutLong(text, [0, text.length], max).flatMap(([start, end]) => {
      if (end - start === text.length) return [{ ...unit, tokens }]
      return count({ ...unit, start: unit.start + start, end: unit.start + end, text: text.slice(start, end) })
    })
  }

  function* enterSection(heading: Counted): Generator<ChunkDraft> {
    if (open.some(({ kind }) => kind !== 'heading')) yield* endSection()
    while (headings.length > 0 && headings.at(-1)!.level >= heading.level) headings.pop()
    headings.push({ level: heading.level, text: heading.text.replaceAll(/\s+/g, ' ').slice(0, MAX_HEADING_CHARS) })
  }

  function* append(unit: Counted): Generator<ChunkDraft> {
    if (open.length > 0 && total(open) + unit.tokens > maxTokens) {
      if (held.length > 0) yield draft(held)
      held = open
      open = []
    }
    open.push(unit)
  }

  function* endSection(): Generator<ChunkDraft> {
    for (const units of balance(held, open, maxTokens)) yield draft(units)
    held = []
    open = []
  }

  function draft(units: Counted[]): ChunkDraft {
    const first = units[0]!
    const last = units.at(-1)!
    return {
      ordinal: ordinal++,
      headingPath: headings.map(({ text }) => text),
      pageStart: pageAt(first.start),
      pageEnd: pageAt(last.end - 1),
      start: first.start,
      end: last.end,
      text: textBetween(first.start, last.end),
      sentences: units.map(({ start, end }) => [start, end]),
      tokens: total(units),
    }
  }

  function pageAt(position: number): number {
    return pages.findLast(({ start }) => start <= position)!.number
  }

  function textBetween(start: number, end: number): string {
    return pages.map(page => page.text.slice(Math.max(0, start - page.start), Math.max(0, end - page.start))).join('')
  }

  return { push, finish }
}

/** The last two chunks of a section: one where they fit, else cut where the smaller of the two is largest. */
function balance(held: Counted[], open: Counted[], maxTokens: number): Counted[][] {
  const all = [...held, ...open]
  if (all.length === 0) return []
  const sum = total(all)
  if (held.length === 0 || sum <= maxTokens) return [all]
  // A heading stays with the text under it where that fits.
  const firstCut = Math.max(1, all.findIndex(({ kind }) => kind !== 'heading') + 1)
  let best = held.length
  let left = total(all.slice(0, firstCut))
  let bestSmaller = Math.min(total(held), total(open))
  for (let cut = firstCut; cut < all.length; cut++) {
    const smaller = Math.min(left, sum - left)
    if (left <= maxTokens && sum - left <= maxTokens && smaller > bestSmaller) {
      best = cut
      bestSmaller = smaller
    }
    left += all[cut]!.tokens
  }
  return [all.slice(0, best), all.slice(best)]
}

function total(units: Counted[]): number {
  return units.reduce((sum, { tokens }) => sum + tokens, 0)
}

/**
 * Word-pieces of a text where no model is there to count them: about one for five letters of a word, one for a mark,
 * one for a character of a script without spaces.
 */
export function estimateTokens(text: string): number {
  let tokens = 0
  for (const [word] of text.matchAll(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{N}\p{M}]+?(?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[^\p{L}\p{N}\p{M}]|$)|[^\s\p{L}\p{N}\p{M}]/gu)) {
    tokens += Math.ceil(word.length / 5)
  }
  return tokens
}
