import { ExtractFailure } from './failures.ts'
import type { HiddenText } from './format.ts'
import { addNotes, count, hide, noNotes, type Notes } from './notes.ts'
import { composePage, type RawBlock } from './sections.ts'
import type { ExtractedPage } from './types.ts'

/** In any one unit. */
export interface Box { x: number, y: number, width: number, height: number }

/** One shape of a slide with the text that is in it. */
export interface Shape {
  /** `margin` is a footer, a header, a date or a number, which say the same on each slide. */
  role: 'title' | 'margin' | 'text'
  /** On the slide; null where it is not known. */
  box: Box | null
  rotated: boolean
  /** Marked as not shown. */
  hidden: boolean
  blocks: RawBlock[]
  /** Of a shape without text. */
  notes: Notes
}

export interface Slide {
  shapes: Shape[]
  /** Left out when the slides are shown. */
  hidden: boolean
  /** What is written under the slide for whoever presents it. */
  spoken: RawBlock[]
  comments: number
}

/** Characters of one slide; a page goes to the parent as one line. */
const MAX_SLIDE_CHARS = 1_000_000
/** Tops that differ by less than this share of the slide's height stand in one row. */
const ROW = 0.03

/** The page of a slide: its title as heading, its shapes in reading order, the speaker's notes under a heading of their own. */
export function slidePage(number: number, slide: Slide, size: { width: number, height: number }, hiddenText: HiddenText): ExtractedPage {
  const notes = noNotes()
  const blocks = inReadingOrder(slide.shapes, size.height).flatMap((shape) => {
    addNotes(notes, shape.notes)
    if (shape.role === 'margin') {
      count(notes.dropped, 'header_footer', shape.blocks.length > 0 ? 1 : 0)
      return []
    }
    if (shape.hidden) return report(shape.blocks, 'markup', notes, hiddenText)
    if (isOffSlide(shape, size)) return report(shape.blocks, 'off_page', notes, hiddenText)
    return shape.role === 'title' ? headingOf(shape) : shape.blocks
  })
  if (slide.spoken.length > 0) blocks.push({ kind: 'heading', level: 2, text: 'Notes' }, ...slide.spoken)
  count(notes.dropped, 'comment', slide.comments)
  const shown = slide.hidden ? report(blocks, 'markup', notes, hiddenText) : blocks
  if (shown.reduce((sum, block) => sum + block.text.length, 0) > MAX_SLIDE_CHARS) throw new ExtractFailure('too_large')
  return composePage(number, shown, shown.length > 0 ? [] : ['empty'], notes)
}

/** What is left of blocks that are not shown, after they were reported. */
function report(blocks: RawBlock[], reason: 'markup' | 'off_page', notes: Notes, hiddenText: HiddenText): RawBlock[] {
  hide(notes, reason, blocks.map(block => block.text).join('\n'))
  if (hiddenText === 'include') return blocks
  for (const block of blocks) if (block.notes) addNotes(notes, block.notes)
  return []
}

/** The title, then from top to bottom and in a row from left to right; what has no place comes last. */
function inReadingOrder(shapes: readonly Shape[], slideHeight: number): Shape[] {
  const placed = shapes.filter(shape => shape.role !== 'title' && shape.box).sort((a, b) => a.box!.y - b.box!.y)
  const rows: Shape[][] = []
  for (const shape of placed) {
    const row = rows.at(-1)
    if (row && shape.box!.y - row[0]!.box!.y < ROW * slideHeight) row.push(shape)
    else rows.push([shape])
  }
  return [
    ...shapes.filter(shape => shape.role === 'title'),
    ...rows.flatMap(row => row.sort((a, b) => a.box!.x - b.box!.x)),
    ...shapes.filter(shape => shape.role !== 'title' && !shape.box),
  ]
}

/** Beside the slide, where presenters keep what the audience shall not see. */
function isOffSlide({ box, rotated }: Shape, slide: { width: number, height: number }): boolean {
  return box !== null && !rotated && (box.x + box.width <= 0 || box.y + box.height <= 0 || box.x >= slide.width || box.y >= slide.height)
}

/** A title of several lines is one heading. */
function headingOf({ blocks }: Shape): RawBlock[] {
  const notes = noNotes()
  for (const block of blocks) if (block.notes) addNotes(notes, block.notes)
  return blocks.length > 0 ? [{ kind: 'heading', level: 1, text: blocks.map(block => block.text).join(' '), notes }] : []
}

/** Text of the heading that a page begins with, or null. */
export function pageTitle({ blocks, text }: Pick<ExtractedPage, 'blocks' | 'text'>): string | null {
  const [first] = blocks
  return first?.kind === 'heading' ? text.slice(first.start, first.end) : null
}
