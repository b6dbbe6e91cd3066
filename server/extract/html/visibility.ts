import type { HIDDEN_REASONS } from '../../../shared/utils/page-notes.ts'
import { attribute, type Element } from './dom.ts'

type Reason = typeof HIDDEN_REASONS[number]

/** Sizes below this, in pixels or points, are there to be found and not to be read. */
const SMALLEST = 2
/** What is moved this far away is on no screen. */
const FAR = 900
const NAMED: Record<string, string> = { white: '#ffffff', black: '#000000', red: '#ff0000', yellow: '#ffff00', gray: '#808080', grey: '#808080', silver: '#c0c0c0', blue: '#0000ff' }
const INVISIBLE = 'transparent'

/**
 * Why the original does not show an element, by its own attributes; null where it does. Style sheets are not looked at:
 * a page shows and hides its parts with them as it is used.
 */
export function hiddenBecause(element: Element): Reason | null {
  const hidden = attribute(element, 'hidden')
  if (hidden !== null && hidden !== 'until-found') return 'markup'
  const text = attribute(element, 'style')
  // A page that is to appear at once hides all of itself until its scripts have run.
  if ((text === null && element.tagName !== 'font') || element.tagName === 'body' || element.tagName === 'html') return null
  const style = parseStyle(text ?? '')
  if (style.get('display') === 'none' || style.get('mso-hide') === 'all') return 'markup'
  if (/^(?:hidden|collapse)$/.test(style.get('visibility') ?? '') || isZero(style.get('opacity'))) return 'invisible'
  if (isTiny(style.get('font-size'))) return 'tiny'
  if (isFar(style) || /^rect\((?:0(?:px)?[\s,]*|1px[\s,]*){4}\)$/.test(style.get('clip') ?? '')) return 'off_page'
  if (style.get('overflow') === 'hidden' && (isZero(style.get('height')) || isZero(style.get('width')) || isZero(style.get('max-height')))) return 'markup'
  return isUnseen(element, style) ? 'background_colour' : null
}

/** Inline declarations by name, lower-case; the last of a name holds. */
function parseStyle(text: string): Map<string, string> {
  const style = new Map<string, string>()
  for (const part of text.slice(0, 4096).toLowerCase().split(';')) {
    const colon = part.indexOf(':')
    if (colon > 0) style.set(part.slice(0, colon).trim(), part.slice(colon + 1).replace('!important', '').trim())
  }
  return style
}

function isZero(value: string | undefined): boolean {
  return value !== undefined && /^0*\.?0*(?:px|pt|em|rem|%)?$/.test(value) && value.includes('0')
}

function isTiny(size: string | undefined): boolean {
  const match = /^(\d*\.?\d+)(px|pt|em|rem|%)?$/.exec(size ?? '')
  if (!match) return false
  const value = Number(match[1])
  return value === 0 || ((match[2] === 'px' || match[2] === 'pt') && value <= SMALLEST) || ((match[2] === 'em' || match[2] === 'rem') && value <= SMALLEST / 16) || (match[2] === '%' && value <= 10)
}

function isFar(style: Map<string, string>): boolean {
  const far = (name: string) => Number(/^-(\d+)(?:px|em|rem)$/.exec(style.get(name) ?? '')?.[1] ?? 0) >= FAR
  return far('text-indent') || (/^(?:absolute|fixed)$/.test(style.get('position') ?? '') && (far('left') || far('top') || far('right')))
}

/** Letters in the colour of what is behind them, as far as the elements themselves say it. */
function isUnseen(element: Element, style: Map<string, string>): boolean {
  const colour = toColour(style.get('color') ?? (element.tagName === 'font' ? attribute(element, 'color') ?? undefined : undefined))
  if (!colour) return false
  if (colour === INVISIBLE) return true
  let at: Element | null = element
  let isStyled = false
  while (at && 'attrs' in at) {
    const behind = background(at)
    if (behind === 'picture') return false
    if (behind) return behind === colour
    isStyled ||= at.attrs.some(({ name }) => name === 'class' || name === 'id')
    at = at.parentNode as Element | null
  }
  // A page is white unless a rule of a style sheet colours it; such a rule needs something to hold on to.
  return colour === NAMED.white && !isStyled
}

function background(element: Element): string | null {
  const text = attribute(element, 'style')
  const style = text && /background/i.test(text) ? parseStyle(text) : null
  const given = style?.get('background-color') ?? style?.get('background')
  if (given && /url|gradient/.test(given)) return 'picture'
  return toColour(given) ?? toColour(attribute(element, 'bgcolor')?.toLowerCase())
}

/** `#rrggbb`, or `transparent`; null for what is no colour or not known. */
function toColour(value: string | undefined | null): string | null {
  const word = value?.trim().toLowerCase() ?? ''
  if (NAMED[word]) return NAMED[word]
  if (word === INVISIBLE) return INVISIBLE
  const short = /^#([\da-f])([\da-f])([\da-f])$/.exec(word)
  if (short) return `#${short.slice(1).map(digit => digit + digit).join('')}`
  if (/^#[\da-f]{6}$/.test(word)) return word
  const parts = /^rgba?\((\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+%?))?\)$/.exec(word)
  if (!parts) return null
  if (isZero(parts[4])) return INVISIBLE
  return `#${parts.slice(1, 4).map(part => Math.min(255, Number(part)).toString(16).padStart(2, '0')).join('')}`
}
