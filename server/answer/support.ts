import type { AnswerSentence, Citation } from '../../shared/schemas/chats.ts'

/** A half-open range of the answer's text that a checked citation stands behind. */
export interface CoveredRange { start: number, end: number }

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
const FENCE = /^\s*(`{3,}|~{3,})/
const HEADING = /^\s{0,3}#{1,6}\s/
const UNDERLINE = /^\s{0,3}(=+|-+|\*(\s*\*){2,}|_(\s*_){2,}|-(\s*-){2,})\s*$/
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/
/** Block quote marks and one list mark; what follows is prose. */
const PREFIX = /^(?:\s*>)*\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(?:\[[ xX]\]\s+)?/
/** A line that is nothing but a bold or italic title. */
const TITLE_LINE = /^(\*\*|__|\*|_)[^*_]+\1:?$/

/**
 * The sentences of an answer that claim something, as ranges of its Markdown, each with whether a checked citation
 * stands behind it. Headings, code, table rules and lead-ins (ending in a colon) claim nothing and are left out.
 */
export function markSupport(content: string, covered: CoveredRange[]): AnswerSentence[] {
  return proseBlocks(content)
    .flatMap(block => sentencesOf(content, block.start, block.end))
    .map(({ start, end }) => ({
      start, end, supported: covered.some(range => range.start < end && range.end > start),
    }))
}

/** What the stored anchors alone say, for an answer whose process was killed: the sentence that each follows. */
export function coveredByAnchors(citations: Citation[]): CoveredRange[] {
  return citations.flatMap(citation => citation.anchors.map(at => ({ start: Math.max(0, at - 1), end: at })))
}

function proseBlocks(content: string): CoveredRange[] {
  const blocks: CoveredRange[] = []
  let open: CoveredRange | null = null
  let fence: string | null = null
  const close = () => {
    if (open) blocks.push(open)
    open = null
  }
  const lines = content.split('\n')
  let position = 0
  for (const [index, line] of lines.entries()) {
    const start = position
    position += line.length + 1
    const mark = FENCE.exec(line)?.[1]
    if (fence !== null) {
      if (mark?.startsWith(fence)) fence = null
      continue
    }
    if (mark) {
      close()
      fence = mark
      continue
    }
    const prefix = PREFIX.exec(line)![0].length
    const text = line.slice(prefix).trim()
    const isTableHead = line.includes('|') && TABLE_RULE.test(lines[index + 1] ?? '')
    if (text === '' || HEADING.test(line) || UNDERLINE.test(line) || TABLE_RULE.test(line) || isTableHead || TITLE_LINE.test(text)) {
      close()
      continue
    }
    const isRow = text.startsWith('|')
    const startsBlock = isRow || (prefix > 0 && /[-*+\d]/.test(line.slice(0, prefix)))
    if (startsBlock) close()
    const current: CoveredRange = open ?? { start: start + prefix, end: start + line.length }
    current.end = start + line.length
    open = current
    if (isRow) close()
  }
  close()
  return blocks
}

function sentencesOf(content: string, blockStart: number, blockEnd: number): CoveredRange[] {
  const text = content.slice(blockStart, blockEnd)
  // A table row is one claim; its cells are no sentences.
  const parts = text.trimStart().startsWith('|')
    ? [{ index: 0, segment: text }]
    : [...segmenter.segment(text.replace(/\n[ >]*/g, match => ' '.repeat(match.length)))]
  const sentences: CoveredRange[] = []
  for (const { index, segment } of parts) {
    const trimmed = segment.trim()
    if (!/\p{L}|\p{N}/u.test(trimmed) || /:[*_]*$/.test(trimmed)) continue
    const start = blockStart + index + (segment.length - segment.trimStart().length)
    sentences.push({ start, end: start + trimmed.length })
  }
  return sentences
}
