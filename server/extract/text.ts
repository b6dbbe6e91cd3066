import { withEncodingNotes } from './encoding-notes.ts'
import { decodeSlices, detectText } from './encoding.ts'
import { ExtractFailure } from './failures.ts'
import { cleanTitle, type FormatEvent, type Source } from './format.ts'
import { normalise } from './normalise.ts'
import { sections, type RawBlock } from './sections.ts'
import { isSourceCode, sourceBlocks } from './source-code.ts'

/** A file without line breaks is cut into pieces of about this size, so that no paragraph holds it whole. */
const MAX_LINE = 64 * 1024
const MAX_PARAGRAPH_LINES = 2000
/** Nobody wraps wider or narrower than this: other lines are paragraphs of their own, verses or entries. */
const WIDEST_WRAP = 120
const NARROWEST_WRAP = 40
const ITEM = /^\s*(?:[-*+•–]|\d{1,3}[.)])\s+\S/

/**
 * Plain text in any common encoding. Blank lines separate paragraphs; wrapped lines are joined. A program keeps its lines,
 * and its file's name is its title.
 */
export function* extractText({ bytes, filename }: Source): Generator<FormatEvent> {
  const detected = detectText(bytes)
  const source = lines(decodeSlices(bytes, detected.encoding))
  const isCode = isSourceCode(filename, bytes.toString('latin1', 0, 100).split('\n', 1)[0])
  yield { type: 'document', pages: null, title: isCode ? cleanTitle(filename) : null }
  let found = false
  for (const page of sections(withEncodingNotes(isCode ? sourceBlocks(source) : textBlocks(source), detected))) {
    found = true
    yield { type: 'page', page }
  }
  if (!found) throw new ExtractFailure('no_text')
}

/** Lines without their ends; a line that is too long is cut at a space. */
export function* lines(slices: Iterable<string>): Generator<string> {
  let rest = ''
  for (const slice of slices) {
    const text = rest + slice
    // A slice may end between the two characters of one line end.
    const held = text.endsWith('\r') ? '\r' : ''
    const parts = text.slice(0, text.length - held.length).split(/\r\n|[\n\r\f\u0085\u2028\u2029]/)
    rest = parts.pop()! + held
    yield* parts
    while (rest.length > MAX_LINE) {
      const space = rest.lastIndexOf(' ', MAX_LINE)
      const end = space > MAX_LINE / 2 ? space : MAX_LINE
      yield rest.slice(0, end)
      rest = rest.slice(end)
    }
  }
  if (rest.trim()) yield rest
}

/** Paragraphs and list items of a plain text's lines. */
export function* textBlocks(source: Iterable<string>): Generator<RawBlock> {
  let paragraph: string[] = []
  for (const line of source) {
    if (line.trim() && paragraph.length < MAX_PARAGRAPH_LINES) {
      paragraph.push(line)
      continue
    }
    yield* unwrap(paragraph)
    paragraph = line.trim() ? [line] : []
  }
  yield* unwrap(paragraph)
}

/**
 * Joins lines that an editor has wrapped. Wrapping is greedy: a line is only broken where its next word did not fit,
 * so a break before a word that would have fitted was meant.
 */
function* unwrap(paragraph: string[]): Generator<RawBlock> {
  const tidy = paragraph.map(line => normalise(line)).filter(Boolean)
  const width = Math.max(0, ...tidy.map(line => line.length))
  let current = ''
  let isItem = false
  for (const [index, line] of tidy.entries()) {
    const starts = ITEM.test(line)
    const previous = tidy[index - 1]
    const wrapped = previous !== undefined && !starts && width >= NARROWEST_WRAP && width <= WIDEST_WRAP
      && previous.length + 1 + line.split(' ', 1)[0]!.length > width
    if (wrapped) {
      current += ` ${line}`
      continue
    }
    if (current) yield { kind: isItem ? 'list_item' : 'paragraph', ...(isItem ? { level: 1 } : {}), text: current }
    current = line
    isItem = starts
  }
  if (current) yield { kind: isItem ? 'list_item' : 'paragraph', ...(isItem ? { level: 1 } : {}), text: current }
}
