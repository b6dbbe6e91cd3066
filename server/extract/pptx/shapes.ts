import type { RawBlock } from '../sections.ts'
import type { Notes } from '../notes.ts'

/** In English Metric Units, 12,700 a point. */
export interface Box { x: number, y: number, width: number, height: number }

/** One shape of a slide, a layout or a page of notes, with the text that is in it. */
export interface Shape {
  /** What it holds the place of (ISO/IEC 29500-1 §19.7.10): `title`, `body`, `ftr`; null for a shape of its own. */
  placeholder: { type: string, index: string } | null
  /** On the slide; null where only the layout says. */
  box: Box | null
  rotated: boolean
  /** Marked as not shown. */
  hidden: boolean
  /** Levels of its text, from 1, that are no items of a list though they might be by its kind. */
  plainLevels: Set<number>
  blocks: RawBlock[]
  /** Of a shape without text. */
  notes: Notes
}

/** Tops that differ by less than this share of the slide's height stand in one row. */
const ROW = 0.03

export function isTitle({ placeholder }: Shape): boolean {
  return placeholder?.type === 'title' || placeholder?.type === 'ctrTitle'
}

/** Footer, date, number and header say the same on each slide. */
export function isMargin({ placeholder }: Shape): boolean {
  return placeholder !== null && /^(?:ftr|dt|sldNum|hdr)$/.test(placeholder.type)
}

/** The shape of a layout that a slide's shape takes its place and its look from. */
export function modelOf({ placeholder }: Shape, layout: readonly Shape[]): Shape | undefined {
  if (!placeholder) return undefined
  const { type, index } = placeholder
  return layout.find(({ placeholder: other }) => other && other.index === index && index !== '')
    ?? layout.find(({ placeholder: other }) => other && kin(other.type) === kin(type))
}

function kin(type: string): string {
  return type === 'ctrTitle' ? 'title' : /^(?:subTitle|obj)$/.test(type) ? 'body' : type
}

/** Reading order: the title, then from top to bottom and in a row from left to right; what has no place comes last. */
export function inReadingOrder<T extends Shape>(shapes: readonly T[], slideHeight: number): T[] {
  const placed = shapes.filter(shape => !isTitle(shape) && shape.box).sort((a, b) => a.box!.y - b.box!.y)
  const ordered: T[] = []
  let row: T[] = []
  const endRow = () => ordered.push(...row.sort((a, b) => a.box!.x - b.box!.x))
  for (const shape of placed) {
    if (row.length > 0 && shape.box!.y - row[0]!.box!.y >= ROW * slideHeight) {
      endRow()
      row = []
    }
    row.push(shape)
  }
  endRow()
  return [...shapes.filter(isTitle), ...ordered, ...shapes.filter(shape => !isTitle(shape) && !shape.box)]
}

/** Text of a slide's body is a list unless the shape, its layout or the master says otherwise. */
export function isListed(shape: Shape, level: number, layout: readonly Shape[], masterPlain: ReadonlySet<number>): boolean {
  if (!shape.placeholder || !/^(?:body|obj)$/.test(shape.placeholder.type)) return false
  return !shape.plainLevels.has(level) && !modelOf(shape, layout)?.plainLevels.has(level) && !masterPlain.has(level)
}

/** Beside the slide, where presenters keep what the audience shall not see. */
export function isOffSlide({ box, rotated }: Shape, slide: { width: number, height: number }): boolean {
  return box !== null && !rotated && (box.x + box.width <= 0 || box.y + box.height <= 0 || box.x >= slide.width || box.y >= slide.height)
}
