/** A quote with what stands around it in its chunk. */
export interface Excerpt { before: string, quote: string, after: string }

/**
 * Cuts a chunk around a quote, at most `around` characters on each side and never through a word. A quote that reaches
 * beyond the chunk is shown as far as the chunk goes; one outside it (the chunk was made anew) is shown alone.
 */
export function excerpt(
  chunk: { start: number, end: number, text: string },
  citation: { start: number, end: number, quote: string },
  around: number,
): Excerpt {
  if (citation.start < chunk.start || citation.end > chunk.end) return { before: '', quote: citation.quote, after: '' }
  const before = chunk.text.slice(0, citation.start - chunk.start)
  const after = chunk.text.slice(citation.end - chunk.start)
  return { before: lastWords(before, around), quote: citation.quote, after: firstWords(after, around) }
}

function lastWords(text: string, length: number): string {
  if (text.length <= length) return text
  return `… ${text.slice(text.length - length).replace(/^\S*\s+/, '')}`
}

function firstWords(text: string, length: number): string {
  if (text.length <= length) return text
  return `${text.slice(0, length).replace(/\s+\S*$/, '')} …`
}

/** Line ends inside a paragraph become blanks, ends of paragraphs one line break: how a chunk's text is shown. */
export function asFlow(text: string): string {
  return text.replace(/[^\S\n]*\n[^\S\n]*/g, '\n').replace(/\n{2,}/g, '\u2029').replaceAll('\n', ' ').replaceAll('\u2029', '\n')
}
