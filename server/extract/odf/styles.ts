import type { ParagraphStyle } from '../flow.ts'
import { attribute, walkXml } from '../xml-walk.ts'
import type { Attributes } from '../xml.ts'

/** What a style of an OpenDocument file (OASIS ODF 1.3 part 3 §16) says that matters to what is read. */
export interface OdfStyle {
  parent: string | null
  /** Not displayed. */
  hidden?: boolean
  /** White as the paper. */
  white?: boolean
  /** Points. */
  size?: number
  /** It has a colour behind it. */
  shaded?: boolean
}

export interface OdfStyles {
  get: (family: string, name: string | undefined) => OdfStyle
  /** What a paragraph of this style is, from the built-in style it comes from. */
  kind: (name: string | undefined) => ParagraphStyle
  /** Width and height of pages, in points, by the name of their master; null where it is not said. */
  pageSize: (master: string | undefined) => { width: number, height: number } | null
}

const NO_STYLE: OdfStyle = { parent: null }
const MAX_CHAIN = 20

export function readStyles(parts: (Buffer | null)[]): OdfStyles {
  const own = new Map<string, OdfStyle>()
  const sizes = new Map<string, { width: number, height: number }>()
  const layouts = new Map<string, string>()
  let style: OdfStyle = { ...NO_STYLE }
  let layout = ''
  for (const bytes of parts) {
    if (!bytes) continue
    walkXml(bytes, {
      enter(name, attributes) {
        if (name === 'style') {
          style = { parent: attribute(attributes, 'parent-style-name') ?? null }
          own.set(key(attribute(attributes, 'family') ?? '', attribute(attributes, 'name') ?? ''), style)
        }
        else if (name === 'page-layout') layout = attribute(attributes, 'name') ?? ''
        else if (name === 'page-layout-properties') sizes.set(layout, { width: points(attribute(attributes, 'page-width')) ?? 0, height: points(attribute(attributes, 'page-height')) ?? 0 })
        else if (name === 'master-page') layouts.set(attribute(attributes, 'name') ?? '', attribute(attributes, 'page-layout-name') ?? '')
        else if (name.endsWith('-properties')) readProperties(style, name, attributes)
      },
    })
  }
  const complete = new Map<string, OdfStyle>()
  function get(family: string, name: string | undefined, chain = 0): OdfStyle {
    const id = key(family, name ?? '')
    const known = complete.get(id)
    if (known) return known
    const found = own.get(id) ?? NO_STYLE
    const whole = { ...(found.parent && chain < MAX_CHAIN ? get(family, found.parent, chain + 1) : {}), ...found }
    complete.set(id, whole)
    return whole
  }
  return {
    get: (family, name) => get(family, name),
    kind(name) {
      let current = name
      for (let chain = 0; current && chain < MAX_CHAIN; chain++) {
        const style = builtIn(current.replaceAll('_20_', ' '))
        if (style) return style
        current = own.get(key('paragraph', current))?.parent ?? undefined
      }
      return { kind: 'paragraph' }
    },
    pageSize(master) {
      const size = sizes.get(layouts.get(master ?? '') ?? '')
      return size && size.width > 0 && size.height > 0 ? size : null
    },
  }
}

function key(family: string, name: string): string {
  return `${family} ${name}`
}

function readProperties(style: OdfStyle, name: string, attributes: Attributes): void {
  const background = attribute(attributes, 'background-color')
  if (background && !/^(?:transparent|#f{6})$/i.test(background)) style.shaded = true
  if (name === 'drawing-page-properties' && attribute(attributes, 'visibility') === 'hidden') style.hidden = true
  if (name !== 'text-properties') return
  const display = attribute(attributes, 'display')
  const color = attribute(attributes, 'color')
  const size = points(attribute(attributes, 'font-size'))
  if (display) style.hidden = display === 'none'
  if (color) style.white = /^#f{6}$/i.test(color)
  if (size !== null) style.size = size
}

/** Names of built-in styles are English in every language of LibreOffice. */
function builtIn(name: string): ParagraphStyle | null {
  const level = /^heading ([1-9]|10)$/i.exec(name)?.[1]
  if (level) return { kind: 'heading', level: Number(level) }
  if (/^title$/i.test(name)) return { kind: 'heading', level: 1 }
  if (/^(?:caption|illustration|figure|drawing|table)$/i.test(name)) return { kind: 'caption' }
  return /^(?:preformatted text|source code)$/i.test(name) ? { kind: 'code' } : null
}

const POINTS: Record<string, number> = { pt: 1, in: 72, cm: 72 / 2.54, mm: 72 / 25.4, pc: 12, px: 0.75 }

/** A length in points; null where it is none, or relative. */
export function points(length: string | undefined): number | null {
  const [, number, unit] = /^\s*(-?[\d.]+)\s*(pt|in|cm|mm|pc|px)\s*$/.exec(length ?? '') ?? []
  const value = Number(number) * (POINTS[unit ?? ''] ?? Number.NaN)
  return Number.isFinite(value) ? value : null
}
