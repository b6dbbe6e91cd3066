import type { Block } from '../../../shared/schemas/documents.ts'
import { encodeBoxes, type Boxes } from '../boxes.ts'
import { mendsOf, normaliseMapped } from '../normalise.ts'
import { separator } from '../sections.ts'
import type { ExtractedPage } from '../types.ts'
import { spell, type LayoutBlock } from './blocks.ts'
import { toPage, type Frame } from './frame.ts'
import type { Glyph } from './glyphs.ts'
import { reportOf, type PageStory } from './report.ts'

/** In type sizes: as high and as deep as letters are, so that a line's box stays clear of the marks of the lines around it. */
const ASCENT = 0.9
const DESCENT = 0.25
/** More text than this on one page is cut off and flagged: no line to the parent may grow without bound. */
const MAX_TEXT = 400_000

/** Normalised text, blocks and character boxes of a page from its laid-out blocks. Text that runs aslant gets no boxes: upright ones would take in its neighbours. */
export function composePdfPage(number: number, story: PageStory, flags: string[]): ExtractedPage {
  const { page, blocks } = story
  const mended = { ligatures: 0, characters: 0 }
  const units: (Glyph | null)[] = []
  const placed: Block[] = []
  let text = ''
  let previous: Block['kind'] | undefined
  for (const block of blocks) {
    const composed = compose(block)
    if (!composed.text) continue
    if (text.length + composed.text.length > MAX_TEXT) {
      flags.push('truncated')
      break
    }
    if (previous) {
      const between = separator(previous, block.kind)
      text += between
      for (let unit = 0; unit < between.length; unit++) units.push(null)
    }
    mended.ligatures += composed.ligatures
    mended.characters += composed.dropped
    placed.push({ kind: block.kind, ...(block.level === undefined ? {} : { level: block.level }), start: text.length, end: text.length + composed.text.length })
    text += composed.text
    for (const glyph of composed.glyphs) units.push(glyph)
    previous = block.kind
  }
  if (text) text += '\n\n'
  return {
    number, label: null, text, blocks: placed, flags,
    report: reportOf(story, text, placed, mended),
    width: page.width > 0 ? page.width : null,
    height: page.height > 0 ? page.height : null,
    boxes: text && !page.slanted ? encodeBoxes(boxesOf(units, text.length, page)) : null,
  }
}

function boxesOf(units: (Glyph | null)[], length: number, frame: Frame): Boxes {
  const boxes = new Float32Array(length * 4)
  for (const [unit, glyph] of units.entries()) {
    if (!glyph || glyph.style.turn === null) continue
    const { x0, x1, base, size, style: { turn } } = glyph
    toPage(x0, Math.max(glyph.y0, base - ASCENT * size), x1, Math.min(glyph.y1, base + DESCENT * size), { ...frame, turn, mirrored: frame.mirrored && turn === frame.turn }, boxes, unit * 4)
  }
  return boxes
}

/** A block's normalised text and for each of its UTF-16 units the character on the page that it came from. */
function compose(block: LayoutBlock): { text: string, glyphs: (Glyph | null)[], ligatures: number, dropped: number } {
  const sources: (Glyph | null)[] = []
  for (const piece of block.pieces) {
    const raw = typeof piece === 'string' ? piece : piece.text
    for (let unit = 0; unit < raw.length; unit++) sources.push(typeof piece === 'string' ? null : piece)
  }
  const source = spell(block)
  const { text, map } = normaliseMapped(source, block.kind === 'code')
  const start = block.kind === 'code' ? /^\n*/.exec(text)![0].length : text.length - text.trimStart().length
  const end = text.trimEnd().length
  const glyphs: (Glyph | null)[] = []
  for (let unit = start; unit < end; unit++) glyphs.push(sources[map[unit]!] ?? null)
  return { text: text.slice(start, Math.max(start, end)), glyphs, ...mendsOf(source) }
}
