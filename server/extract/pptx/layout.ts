import type { Shape } from '../slides.ts'

/** A shape that may hold the place of another on its layout (ISO/IEC 29500-1 §19.7.10): of type `title`, `body`, `ftr` … */
export interface SlideShape extends Shape {
  placeholder: { type: string, index: string } | null
  /** Levels of its text, from 1, that are no items of a list though they might be by its kind. */
  plainLevels: Set<number>
}

/** The shape of a layout that a slide's shape takes its place and its look from. */
export function modelOf({ placeholder }: SlideShape, layout: readonly SlideShape[]): SlideShape | undefined {
  if (!placeholder) return undefined
  const { type, index } = placeholder
  return layout.find(({ placeholder: other }) => other && other.index === index && index !== '')
    ?? layout.find(({ placeholder: other }) => other && kin(other.type) === kin(type))
}

function kin(type: string): string {
  return type === 'ctrTitle' ? 'title' : /^(?:subTitle|obj)$/.test(type) ? 'body' : type
}

/** Text of a slide's body is a list unless the shape, its layout or the master says otherwise. */
export function isListed(shape: SlideShape, level: number, layout: readonly SlideShape[], masterPlain: ReadonlySet<number>): boolean {
  if (!shape.placeholder || !/^(?:body|obj)$/.test(shape.placeholder.type)) return false
  return !shape.plainLevels.has(level) && !modelOf(shape, layout)?.plainLevels.has(level) && !masterPlain.has(level)
}

export function roleOf(placeholderType: string): Shape['role'] {
  if (placeholderType === 'title' || placeholderType === 'ctrTitle') return 'title'
  return /^(?:ftr|dt|sldNum|hdr)$/.test(placeholderType) ? 'margin' : 'text'
}
