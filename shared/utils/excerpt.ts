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

/** A row of a table, as extraction writes it. */
const ROW = / \| /
const LIST_ITEM = /^(?:[-*•–]|\d{1,3}[.)])\s/

/**
 * How a chunk's text is shown: line ends inside a paragraph become blanks, ends of paragraphs one line break. Rows of tables
 * and items of lists keep their lines.
 */
export function asFlow(text: string): string {
  const lines = text.split('\n').map((line, index, { length }) => (index > 0 ? line.replace(/^[^\S\n]+/, '') : line).replace(index < length - 1 ? /[^\S\n]+$/ : /$^/, ''))
  return lines.reduce((flow, line, index) => {
    if (index === 0) return line
    const previous = lines[index - 1]!
    // An empty line at either end is where a quote cuts the text, not the end of a paragraph.
    const endsParagraph = (line === '' && index < lines.length - 1) || (previous === '' && index > 1)
    const breaks = endsParagraph || ROW.test(previous) || ROW.test(line) || LIST_ITEM.test(line)
    return `${flow}${breaks ? '\n' : ' '}${line}`
  }, '').replace(/\n{2,}/g, '\n')
}
