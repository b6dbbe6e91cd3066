import { attribute } from '../xml-walk.ts'
import type { Attributes } from '../xml.ts'
import { isShade, isTiny, readCharacterFormat, type CharacterFormat, type Style, type Styles } from './styles.ts'

export interface Paragraph extends Pick<Style, 'outline' | 'list' | 'depth'> {
  style: Style
  shaded: boolean
  /** Its end is no end: it was deleted, or the paragraph is the large letter that the next one begins with. */
  joined: boolean
}

export interface Run { format: CharacterFormat, style: Style | null, font: string }

export type HiddenReason = 'markup' | 'background_colour' | 'tiny'

export function newRun(): Run {
  return { format: {}, style: null, font: '' }
}

export function newParagraph(style: Style): Paragraph {
  return { style, shaded: false, joined: false }
}

/** Why nobody sees the text of a run; `onColour`: its page, cell or drawing is not white. */
export function hiddenReason({ format, style }: Run, { style: base, shaded }: Paragraph, onColour: boolean): HiddenReason | null {
  if (format.vanish ?? style?.vanish ?? base.vanish) return 'markup'
  if (isTiny(format.size ?? style?.size ?? base.size)) return 'tiny'
  if (!(format.white ?? style?.white ?? base.white)) return null
  return onColour || shaded || format.shaded || style?.shaded || base.shaded ? null : 'background_colour'
}

export function readRunProperty(run: Run, name: string, attributes: Attributes, styles: Styles): void {
  if (name === 'rStyle') run.style = styles.get(attribute(attributes, 'val'))
  else if (name === 'rFonts') run.font = attribute(attributes, 'ascii') ?? ''
  else readCharacterFormat(run.format, name, attributes)
}

export function readParagraphProperty(paragraph: Paragraph, name: string, attributes: Attributes, styles: Styles): void {
  const value = attribute(attributes, 'val')
  if (name === 'pStyle') paragraph.style = styles.get(value)
  else if (name === 'outlineLvl') paragraph.outline = Number(value)
  else if (name === 'numId') paragraph.list = value
  else if (name === 'ilvl') paragraph.depth = Number(value)
  else if (name === 'shd') paragraph.shaded = isShade(attributes)
  else if (name === 'framePr') paragraph.joined = /^(?:drop|margin)$/.test(attribute(attributes, 'dropCap') ?? '')
}
