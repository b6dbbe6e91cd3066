import { attribute, elementsBelow, isElement, isText, SKIPPED, type Element, type Node, type ParentNode } from './dom.ts'
import { hiddenBecause } from './visibility.ts'

/** Letters of an element that a reader sees, and those of them that lead elsewhere. */
interface Extent { text: number, links: number }

/** What lies around the text says so in its names; alone they are not believed. */
const NAVIGATION_NAME = /(?:^|[\s_-])(?:nav|navbar|navbox|navigation|menu|breadcrumbs?|pagination|pager|sidebar|share|sharing|social|skip-?links?|toolbar|toc|related|editsection|jump-link)(?:$|[\s_-])/i
const COOKIE_NAME = /cookie[-_]?(?:banner|bar|notice|consent|law|popup|message|overlay|wall|disclaimer|alert|info|modal)|consent[-_]?(?:banner|manager|popup|dialog|modal|bar|overlay)|(?:^|[\s_-])(?:gdpr|onetrust|didomi|cookiebot|cybotcookiebot\w*|usercentrics|osano|cc-window|cc-banner)(?:$|[\s_-])/i
const FOOTER_NAME = /(?:^|[\s_-])(?:site-?|page-?|global-?|main-?)?footer(?:$|[\s_-])/i
const NAVIGATION_ROLES = new Set(['navigation', 'search', 'menu', 'menubar', 'toolbar'])
/** Parts of a text have headers, footers and asides of their own, which belong to them. */
const PARTS_OF_TEXT = new Set(['article', 'main', 'section', 'blockquote', 'li', 'td', 'figure'])

/** From this share of links on something named like navigation is navigation. */
const NAMED_LINK_SHARE = 0.5
/** … and something without a name, on a page that is mostly links. */
const BARE_LINK_SHARE = 0.8
const MOSTLY_LINKS = 0.6
/** A banner about cookies is no longer than this. */
const MAX_BANNER = 2_500
/** A footer with a larger share of the page's text is more than one. */
const MAX_FOOTER_SHARE = 0.4
/** `main`, or the articles together, have at least this share of the words that lead nowhere; else they are not what they say. */
const MIN_MAIN_SHARE = 0.4
/** If less than this is left, the page was misunderstood, and all of it is read. */
const MIN_KEPT_SHARE = 0.25
/** Words that lead nowhere: fewer make no text to look for. */
const MIN_PROSE = 1_000
/** Nobody writes more main parts than this. */
const MAX_MAINS = 20
const CONTAINER_SHARE = 0.8

/**
 * What of a page is not its text, with what it is instead: menus, banners about cookies, footers, and what lies around the
 * main part where the page has one. A page that says nothing of its parts loses none.
 */
export function findBoilerplate(page: ParentNode): Map<Element, string> {
  const body = [...elementsBelow(page)].find(({ tagName }) => tagName === 'body') ?? page
  const extents = measure(body)
  const whole = extentOf(body, extents)
  const found = new Finder(extents, whole)
  found.children(body, false)

  const main = findMain(body, extents, found.dropped, whole)
  const heading = main.length > 0 ? headingOutside(body, main) : null
  if (main.length > 0) dropAround(body, [...main, ...heading ? [heading] : []], found.dropped)
  if (heading) keep(heading, found.dropped)

  const left = prose(remaining(body, extents, found.dropped))
  return left === 0 || left < MIN_KEPT_SHARE * prose(whole) ? new Map() : found.dropped
}

const prose = ({ text, links }: Extent) => text - links
const linkShare = ({ text, links }: Extent) => text === 0 ? 0 : links / text

/** Extents of all elements, in one walk. */
function measure(root: ParentNode): Map<Node, Extent> {
  const extents = new Map<Node, Extent>()
  const visit = (node: ParentNode, inLink: boolean): Extent => {
    const sum = { text: 0, links: 0 }
    for (const child of node.childNodes) {
      if (isText(child)) {
        const length = child.value.replace(/\s+/g, '').length
        sum.text += length
        if (inLink) sum.links += length
      }
      else if (isElement(child) && isSeen(child)) {
        const { text, links } = visit(child, inLink || (child.tagName === 'a' && attribute(child, 'href') !== null))
        sum.text += text
        sum.links += links
      }
    }
    extents.set(node as Node, sum)
    return sum
  }
  visit(root, false)
  return extents
}

function isSeen(element: Element): boolean {
  return !SKIPPED.has(element.tagName) && attribute(element, 'aria-hidden') !== 'true' && !hiddenBecause(element)
}

function extentOf(node: ParentNode, extents: Map<Node, Extent>): Extent {
  return extents.get(node as Node) ?? { text: 0, links: 0 }
}

/** Finds what by its own element, role or name is not text. */
class Finder {
  readonly dropped = new Map<Element, string>()
  readonly #extents: Map<Node, Extent>
  readonly #whole: Extent

  constructor(extents: Map<Node, Extent>, whole: Extent) {
    this.#extents = extents
    this.#whole = whole
  }

  children(parent: ParentNode, inText: boolean): void {
    for (const child of parent.childNodes) {
      if (!isElement(child) || !this.#extents.has(child)) continue
      const kind = this.#kindOf(child, inText)
      if (kind) this.dropped.set(child, kind)
      else this.children(child, inText || PARTS_OF_TEXT.has(child.tagName))
    }
  }

  #kindOf(element: Element, inText: boolean): string | null {
    const extent = extentOf(element, this.#extents)
    const { tagName } = element
    const role = attribute(element, 'role') ?? ''
    const names = `${attribute(element, 'class') ?? ''} ${attribute(element, 'id') ?? ''}`
    if (NAVIGATION_ROLES.has(role)) return 'navigation'
    if ((COOKIE_NAME.test(names) || role === 'dialog' || role === 'alertdialog') && extent.text <= MAX_BANNER && extent.text < this.#whole.text / 2) return 'cookie_banner'
    const isFooter = tagName === 'footer' || role === 'contentinfo' || FOOTER_NAME.test(names)
    if (isFooter && !inText && extent.text <= MAX_FOOTER_SHARE * this.#whole.text) return 'footer'
    if (linkShare(extent) < NAMED_LINK_SHARE) return null
    if (NAVIGATION_NAME.test(names)) return 'navigation'
    if (tagName === 'aside' || role === 'complementary') return 'sidebar'
    return !inText && (tagName === 'header' || role === 'banner') ? 'header' : null
  }
}

/** What is left of an element without what was dropped in it. */
function remaining(root: ParentNode, extents: Map<Node, Extent>, dropped: ReadonlyMap<Element, string>): Extent {
  const { text, links } = extentOf(root, extents)
  const sum = { text, links }
  for (const element of elementsBelow(root, child => !dropped.has(child))) {
    if (!dropped.has(element) || !extents.has(element)) continue
    const out = extentOf(element, extents)
    sum.text -= out.text
    sum.links -= out.links
  }
  return sum
}

/** The element that the page calls its main part, its articles, or the one that holds the words of a page full of links. */
function findMain(body: ParentNode, extents: Map<Node, Extent>, dropped: ReadonlyMap<Element, string>, whole: Extent): Element[] {
  const enough = MIN_MAIN_SHARE * prose(remaining(body, extents, dropped))
  const words = (elements: Element[]) => elements.reduce((sum, element) => sum + prose(remaining(element, extents, dropped)), 0)
  const outermost = (isWanted: (element: Element) => boolean) =>
    [...elementsBelow(body, element => !dropped.has(element) && !isWanted(element))].filter(element => extents.has(element) && !dropped.has(element) && isWanted(element))

  const mains = outermost(({ tagName, attrs }) => tagName === 'main' || attrs.some(({ name, value }) => name === 'role' && value === 'main'))
  if (mains.length > 0 && mains.length <= MAX_MAINS && words(mains) > 0 && words(mains) >= enough) return mains
  const articles = outermost(({ tagName }) => tagName === 'article')
  // Single entries of a list of articles are small; the text around them may be the text.
  if (articles.length === 1 && words(articles) > 0 && words(articles) >= enough) return articles
  return linkShare(whole) >= MOSTLY_LINKS && prose(whole) >= MIN_PROSE ? containerOfWords(body, extents) : []
}

/** The innermost element that holds most of the words; only what beside it is nothing but links is dropped for it. */
function containerOfWords(body: ParentNode, extents: Map<Node, Extent>): Element[] {
  const enough = CONTAINER_SHARE * prose(extentOf(body, extents))
  const kept: Element[] = []
  let innermost: Element | null = null
  for (let at: ParentNode | undefined = body; at;) {
    const children: Element[] = at.childNodes.filter(isElement).filter(child => extents.has(child))
    const inner: Element | undefined = children.find(child => prose(extentOf(child, extents)) >= enough)
    if (!inner) break
    kept.push(...children.filter(child => child !== inner && linkShare(extentOf(child, extents)) < BARE_LINK_SHARE))
    innermost = inner
    at = inner
  }
  return innermost ? [...kept, innermost] : []
}

/** The one heading of the page, where it stands before its main part and that has none. */
function headingOutside(body: ParentNode, main: Element[]): Element | null {
  const titles = [...elementsBelow(body, isSeen)].filter(element => element.tagName === 'h1' && isSeen(element))
  const [title] = titles
  return title && titles.length === 1 && !ancestors(title).some(holder => main.includes(holder as Element)) ? title : null
}

/** Drops everything that neither holds nor lies in one of the kept elements. */
function dropAround(body: ParentNode, kept: Element[], dropped: Map<Element, string>): void {
  const holders = new Set<ParentNode>(kept.flatMap(ancestors))
  const isKept = new Set(kept)
  const visit = (parent: ParentNode) => {
    for (const child of parent.childNodes) {
      if (!isElement(child) || isKept.has(child) || SKIPPED.has(child.tagName) || dropped.has(child)) continue
      if (holders.has(child)) visit(child)
      else dropped.set(child, 'surroundings')
    }
  }
  visit(body)
}

/** Takes an element out of what was dropped around it. */
function keep(element: Element, dropped: Map<Element, string>): void {
  const holders = new Set<ParentNode>([element, ...ancestors(element)])
  for (const holder of ancestors(element)) {
    const kind = dropped.get(holder as Element)
    if (kind === undefined) continue
    dropped.delete(holder as Element)
    for (const child of holder.childNodes) if (isElement(child) && !holders.has(child)) dropped.set(child, kind)
  }
}

function ancestors(element: Element): ParentNode[] {
  const found: ParentNode[] = []
  for (let at: ParentNode | null = element.parentNode; at; at = 'parentNode' in at ? at.parentNode : null) found.push(at)
  return found
}
