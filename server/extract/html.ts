import { Parser, defaultTreeAdapter, type DefaultTreeAdapterMap, type DefaultTreeAdapterTypes, type Token } from 'parse5'
import { decodeAll, detectEncoding } from './encoding.ts'
import { ExtractFailure } from './failures.ts'
import { cleanTitle, type FormatEvent, type Source } from './format.ts'
import { normalise } from './normalise.ts'
import { sections, type RawBlock } from './sections.ts'

type Node = DefaultTreeAdapterTypes.ChildNode
type Element = DefaultTreeAdapterTypes.Element

/** As in browsers (Chromium: 512): parse5 looks through all open elements for each tag, which is quadratic in the depth. */
const MAX_DEPTH = 512
/** A row with more text than this is page layout, not a table. */
const MAX_ROW = 3000

const SKIPPED = new Set([
  'script', 'style', 'template', 'noscript', 'nav', 'iframe', 'object', 'embed', 'svg', 'canvas', 'audio', 'video', 'map',
  'select', 'datalist', 'button', 'textarea', 'rt', 'rp', 'annotation', 'annotation-xml', 'frameset', 'noframes', 'menu', 'title',
])
const BLOCK = new Set([
  'address', 'article', 'aside', 'blockquote', 'body', 'center', 'dd', 'details', 'div', 'dl', 'dt', 'fieldset', 'figure', 'footer', 'form',
  'header', 'hgroup', 'hr', 'html', 'legend', 'main', 'ol', 'p', 'search', 'section', 'summary', 'ul', 'tbody', 'thead', 'tfoot', 'tr', 'td', 'th', 'table',
])

/** Drops the start tags of elements that are nested too deeply; their text stays. */
class BoundedParser extends Parser<DefaultTreeAdapterMap> {
  override onStartTag(token: Token.TagToken): void {
    if (this.openElements.stackTop < MAX_DEPTH || SKIPPED.has(token.tagName)) super.onStartTag(token)
  }
}

/** HTML: title, headings, lists, tables and code of what a reader would see; scripts, navigation and hidden parts are left out. */
export function* extractHtml({ bytes }: Source): Generator<FormatEvent> {
  const html = decodeAll(bytes, detectEncoding(bytes, declaredEncoding(bytes)))
  const { title, blocks } = readHtml(html)
  if (blocks.length === 0) throw new ExtractFailure('no_text')
  yield { type: 'document', pages: null, title: title ?? cleanTitle(blocks.slice(0, 20).find(block => block.kind === 'heading')?.text) }
  for (const page of sections(blocks)) yield { type: 'page', page }
}

/** Blocks of an HTML text in reading order. */
export function readHtml(html: string): { title: string | null, blocks: RawBlock[] } {
  const parser = new BoundedParser({ scriptingEnabled: false })
  parser.tokenizer.write(html, true)
  const walker = new Walker()
  walker.children(parser.document)
  walker.flush()
  return { title: cleanTitle(normalise(walker.title)), blocks: walker.blocks }
}

/** The charset a page states for itself in its first kilobyte (HTML §13.2.3.2), or null. */
function declaredEncoding(bytes: Buffer): string | null {
  const head = bytes.toString('latin1', 0, 2048)
  const label = /<meta[^>]+charset\s*=\s*["']?\s*([\w:.-]+)/i.exec(head)?.[1] ?? /^\s*<\?xml[^>]+encoding\s*=\s*["']([\w:.-]+)/i.exec(head)?.[1]
  // A page whose bytes are not UTF-16 cannot have said so in ASCII: the standard reads such a label as UTF-8.
  return label && !/^utf-?16/i.test(label) ? label : null
}

class Walker {
  readonly blocks: RawBlock[] = []
  title = ''
  #inline = ''
  #kind: RawBlock['kind'] = 'paragraph'
  #level: number | undefined
  #listDepth = 0

  children(parent: DefaultTreeAdapterTypes.ParentNode): void {
    for (const node of parent.childNodes) this.#node(node)
  }

  /** Ends the block that is being collected. */
  flush(): void {
    const text = normalise(this.#inline)
    this.#inline = ''
    if (text) this.blocks.push({ kind: this.#kind, ...(this.#level === undefined ? {} : { level: this.#level }), text })
  }

  #node(node: Node): void {
    if (defaultTreeAdapter.isTextNode(node)) this.#inline += node.value
    else if (defaultTreeAdapter.isElementNode(node)) this.#element(node)
  }

  #element(element: Element): void {
    const name = element.tagName
    if (name === 'title' && element.namespaceURI.endsWith('xhtml') && !this.title) this.title = textOf(element)
    if (SKIPPED.has(name) || isHidden(element)) return
    if (/^h[1-6]$/.test(name)) this.#block(element, 'heading', Number(name[1]))
    else if (name === 'li') this.#block(element, 'list_item', Math.max(1, this.#listDepth))
    else if (name === 'ul' || name === 'ol' || name === 'dir') this.#list(element)
    else if (name === 'table' && isDataTable(element)) this.#table(element)
    else if (name === 'pre' || name === 'listing' || name === 'xmp') this.#code(element)
    else if (name === 'caption' || name === 'figcaption') this.#block(element, 'caption')
    else if (name === 'br') this.#break()
    else if (BLOCK.has(name)) this.#block(element, this.#kind, this.#level)
    else this.children(element)
  }

  #block(element: Element, kind: RawBlock['kind'], level?: number): void {
    this.flush()
    const outer = [this.#kind, this.#level] as const
    this.#kind = kind
    this.#level = level
    this.children(element)
    this.flush();
    [this.#kind, this.#level] = outer
  }

  #list(element: Element): void {
    this.#listDepth++
    this.#block(element, this.#kind, this.#level)
    this.#listDepth--
  }

  /** One break is a space in a sentence, two in a row are how old pages write paragraphs. */
  #break(): void {
    if (/\n\s*$/.test(this.#inline.slice(-50))) this.flush()
    else this.#inline += '\n'
  }

  #code(element: Element): void {
    this.flush()
    const text = normalise(textOf(element, true), { keepLines: true })
    if (text.trim()) this.blocks.push({ kind: 'code', text })
  }

  #table(table: Element): void {
    this.flush()
    for (const caption of descendants(table, 'caption')) this.#block(caption, 'caption')
    for (const row of descendants(table, 'tr')) {
      const cells = row.childNodes.filter(node => defaultTreeAdapter.isElementNode(node) && (node.tagName === 'td' || node.tagName === 'th'))
      const text = tableRow(cells.map(cell => textOf(cell)))
      if (text) this.blocks.push({ kind: 'table_row', text })
    }
  }
}

/** One line a row, cells separated by ` | `; empty when all cells are. */
export function tableRow(cells: string[]): string {
  const clean = cells.map(cell => normalise(cell))
  while (clean.length > 0 && !clean.at(-1)) clean.pop()
  return normalise(clean.join(' | '))
}

function isHidden(element: Element): boolean {
  for (const { name, value } of element.attrs) {
    if (name === 'hidden' && value !== 'until-found') return true
    if (name === 'aria-hidden' && value === 'true') return true
    if (name === 'style' && /display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])/i.test(value)) return true
  }
  return false
}

/** Tables that lay out a page hold other tables, headings, lists or long texts; their cells are read one after another. */
function isDataTable(table: Element): boolean {
  let rowLength = 0
  const stack: Node[] = [...table.childNodes]
  while (stack.length > 0) {
    const node = stack.pop()!
    if (defaultTreeAdapter.isTextNode(node)) rowLength += node.value.trim().length
    if (!defaultTreeAdapter.isElementNode(node)) continue
    if (/^(?:table|h[1-6]|pre|article|section|form)$/.test(node.tagName)) return false
    if (node.tagName === 'tr') {
      if (textOf(node).trim().length > MAX_ROW) return false
    }
    stack.push(...node.childNodes)
  }
  return rowLength > 0
}

function descendants(root: Element, name: string): Element[] {
  const found: Element[] = []
  const stack: Node[] = [...root.childNodes].reverse()
  while (stack.length > 0) {
    const node = stack.pop()!
    if (!defaultTreeAdapter.isElementNode(node) || isHidden(node)) continue
    if (node.tagName === name) found.push(node)
    else for (let index = node.childNodes.length - 1; index >= 0; index--) stack.push(node.childNodes[index]!)
  }
  return found
}

/** Text of a subtree as one string, a space or (`keepLines`) a line end where a block or a break ends. */
function textOf(root: Node, keepLines = false): string {
  let text = ''
  const end = keepLines ? '\n' : ' '
  const visit = (node: Node): void => {
    if (defaultTreeAdapter.isTextNode(node)) text += node.value
    if (!defaultTreeAdapter.isElementNode(node)) return
    if (node !== root && (SKIPPED.has(node.tagName) || isHidden(node))) return
    const separate = node !== root && (node.tagName === 'br' || node.tagName === 'li' || BLOCK.has(node.tagName))
    if (separate && text && !/\s$/.test(text)) text += end
    node.childNodes.forEach(visit)
    if (separate && node.tagName !== 'br') text += end
  }
  visit(root)
  return text
}
