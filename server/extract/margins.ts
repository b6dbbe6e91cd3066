import { addNotes, closeNotes, count, noNotes } from './notes.ts'
import type { RawBlock } from './sections.ts'

/** Headers and footers of one document that are looked at. */
const MAX_BLOCKS = 200
/** What is left of "Page 3 of 7" without its numbers. */
const PAGE_WORDS = /\b(?:page|pages|of|seite|von|p\.|pg\.?|página|pagina|de|di|sur|strana|stránka|z)\b/giu
const HEADING: Readonly<RawBlock> = { kind: 'heading', level: 1, text: 'Headers and footers' }

/**
 * Adds headers and footers behind the text, each once and only what is said nowhere else: an address or a reference
 * number may stand nowhere but there. What is repeated on each page would be found instead of what it stands above.
 */
export function withMargins(body: RawBlock[], margins: RawBlock[]): RawBlock[] {
  const text = body.map(block => block.text).join('\n')
  const kept = new Map<string, RawBlock>()
  const notes = noNotes()
  for (const block of margins.slice(0, MAX_BLOCKS)) {
    const words = block.text.replace(PAGE_WORDS, '')
    if (/\p{L}{2}|\p{Lo}|\d{4}/u.test(words) && !kept.has(block.text) && !text.includes(block.text)) {
      kept.set(block.text, block)
    }
    else {
      count(notes.dropped, 'header_footer')
      if (block.notes) addNotes(notes, block.notes)
    }
  }
  count(notes.dropped, 'header_footer', margins.length - MAX_BLOCKS)
  const blocks = [...body]
  if (kept.size > 0 && body.length > 0) blocks.push({ ...HEADING })
  blocks.push(...[...kept.values()].map(asText))
  closeNotes(blocks, notes)
  return blocks
}

/** A heading style in a margin is a look; it must not open a chapter. */
function asText(block: RawBlock): RawBlock {
  return block.kind === 'heading' ? { ...block, kind: 'paragraph', level: undefined } : block
}
