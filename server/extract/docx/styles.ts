import type { ParagraphStyle } from '../flow.ts'
import { isOn } from '../ooxml.ts'
import { attribute, SKIP, walkXml } from '../xml-walk.ts'
import type { Attributes } from '../xml.ts'

/** How characters look, as far as it decides whether they can be seen; undefined where nothing is said. */
export interface CharacterFormat {
  vanish?: boolean
  /** White as the paper. */
  white?: boolean
  /** Half points. */
  size?: number
  /** It has a colour behind it. */
  shaded?: boolean
}

export interface Style extends CharacterFormat {
  name: string
  basedOn: string | null
  /** From 0; 9 is body text. */
  outline?: number
  /** Empty or "0" for none. */
  list?: string
  /** Depth in the list, from 0. */
  depth?: number
}

/** Styles of a document by id, with what they inherit. */
export interface Styles {
  get: (id: string | undefined) => Style
  /** Paragraphs that name no style have this one. */
  paragraph: Style
}

const NO_STYLE: Style = { name: '', basedOn: null }
/** Word follows no more; a chain may also be a ring. */
const MAX_CHAIN = 20
/** Half points below which nobody reads: 1.5 points. */
const TINY = 3

export function readStyles(bytes: Buffer | null): Styles {
  const own = new Map<string, Style>()
  let style: Style = { ...NO_STYLE }
  let standard: string | undefined
  if (bytes) {
    walkXml(bytes, {
      enter(name, attributes) {
        if (name === 'docDefaults' || name === 'latentStyles') return SKIP
        if (name === 'style') {
          const id = attribute(attributes, 'styleId') ?? ''
          style = { name: id, basedOn: null }
          own.set(id, style)
          if (attribute(attributes, 'type') === 'paragraph' && isOn({ val: attribute(attributes, 'default') ?? '0' })) standard = id
        }
        else if (name === 'name') style.name = attribute(attributes, 'val') ?? style.name
        else if (name === 'basedOn') style.basedOn = attribute(attributes, 'val') ?? null
        else if (name === 'outlineLvl') style.outline = Number(attribute(attributes, 'val'))
        else if (name === 'numId') style.list = attribute(attributes, 'val')
        else if (name === 'ilvl') style.depth = Number(attribute(attributes, 'val'))
        else readCharacterFormat(style, name, attributes)
      },
    })
  }
  const complete = new Map<string, Style>()
  function get(id: string | undefined, chain = 0): Style {
    const known = complete.get(id ?? '')
    if (known) return known
    const found = own.get(id ?? '') ?? { ...NO_STYLE, name: id ?? '' }
    const base = found.basedOn && chain < MAX_CHAIN ? get(found.basedOn, chain + 1) : NO_STYLE
    const whole = { ...base, ...found, outline: found.outline ?? outlineOf(found.name) ?? base.outline }
    // Somebody's own style on top of a caption or a listing is one, too.
    if (kindOf(found.name) === 'paragraph' && kindOf(base.name) !== 'paragraph') whole.name = base.name
    complete.set(id ?? '', whole)
    return whole
  }
  return { get: id => get(id), paragraph: get(standard) }
}

/** Takes one property of characters, from a style or a run. */
export function readCharacterFormat(format: CharacterFormat, name: string, attributes: Attributes): void {
  if (name === 'vanish') format.vanish = isOn(attributes)
  else if (name === 'color') format.white = /^(?:f{6}|white)$/i.test(attribute(attributes, 'val') ?? '')
  else if (name === 'sz') format.size = Number(attribute(attributes, 'val'))
  else if (name === 'highlight') format.shaded = isOn(attributes)
  else if (name === 'shd') format.shaded = isShade(attributes)
}

export function isShade(attributes: Attributes): boolean {
  const fill = attribute(attributes, 'fill') ?? 'auto'
  const pattern = attribute(attributes, 'val') ?? 'clear'
  return !/^(?:auto|f{6})$/i.test(fill) || !/^(?:clear|nil)$/i.test(pattern)
}

export function isTiny(size: number | undefined): boolean {
  return size !== undefined && size <= TINY
}

/** What a paragraph is, from its style and what it says itself. */
export function paragraphStyle(style: Style, own: Pick<Style, 'outline' | 'list' | 'depth'>): ParagraphStyle {
  const outline = own.outline ?? style.outline
  if (outline !== undefined && outline >= 0 && outline < 9) return { kind: 'heading', level: outline + 1 }
  const list = own.list ?? style.list
  if (list && list !== '0') return { kind: 'list_item', level: Math.min(9, Math.max(0, own.depth ?? style.depth ?? 0)) + 1 }
  return { kind: kindOf(style.name) }
}

/** Names of built-in styles are English in every language of Word. */
function outlineOf(name: string): number | undefined {
  if (/^title$/i.test(name)) return 0
  const level = /^heading\s?([1-9])$/i.exec(name)?.[1]
  return level ? Number(level) - 1 : undefined
}

function kindOf(name: string): ParagraphStyle['kind'] {
  if (/^(?:.* )?caption$/i.test(name)) return 'caption'
  if (/^(?:html ?preformatted|(?:source|program|code)[ -]?(?:code|listing|block)?|macro ?text)$/i.test(name)) return 'code'
  return 'paragraph'
}
