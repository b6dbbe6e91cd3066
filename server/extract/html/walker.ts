import { normalise } from '../normalise.ts'
import { addNotes, closeNotes, count, hide, isEmpty, noNotes, type Notes } from '../notes.ts'
import type { RawBlock } from '../sections.ts'
import { attribute, BLOCK, elementsBelow, isElement, isText, SKIPPED, type Element, type Node, type ParentNode } from './dom.ts'
import { hiddenBecause } from './visibility.ts'

/** A row with more text than this is page layout, not a table. */
const MAX_ROW = 3000
/** What is left out with these elements is worth a word in the report. */
const COUNTED: Record<string, string> = { nav: 'navigation', menu: 'navigation', script: 'script', img: 'image', svg: 'image', canvas: 'drawing', object: 'embedded', embed: 'embedded', iframe: 'embedded', video: 'media', audio: 'media' }

export interface WalkOptions {
  /** Ids of elements whose place among the blocks is wanted. */
  marks?: ReadonlySet<string>
  /** Elements that are left out, with what they are. */
  dropped?: ReadonlyMap<Element, string>
  /** Hidden text is reported, and read all the same. */
  includesHidden?: boolean
}

/** Turns a tree of HTML into blocks in reading order. */
export class Walker {
  readonly blocks: RawBlock[] = []
  /** For each wanted id the number of blocks before it. */
  readonly marks = new Map<string, number>()
  title = ''
  readonly #options: WalkOptions
  #inline = ''
  #kind: RawBlock['kind'] = 'paragraph'
  #level: number | undefined
  #listDepth = 0
  #notes = noNotes()

  constructor(options: WalkOptions) {
    this.#options = options
  }

  children(parent: ParentNode): void {
    for (const node of parent.childNodes) this.#node(node)
  }

  /** Ends the last block; its notes are complete. */
  end(): void {
    this.#flush()
    closeNotes(this.blocks, this.#notes)
  }

  #flush(): void {
    const text = normalise(this.#inline)
    this.#inline = ''
    if (text) this.#push({ kind: this.#kind, ...(this.#level === undefined ? {} : { level: this.#level }), text })
  }

  #push(block: RawBlock): void {
    if (!isEmpty(this.#notes)) {
      block.notes = this.#notes
      this.#notes = noNotes()
    }
    this.blocks.push(block)
  }

  #node(node: Node): void {
    if (isText(node)) this.#inline += node.value
    else if (isElement(node)) this.#element(node)
  }

  #element(element: Element): void {
    const name = element.tagName
    if (name === 'title' && element.namespaceURI.endsWith('xhtml') && !this.title) this.title = textOf(element)
    this.#mark(element)
    if (this.#leavesOut(element)) return
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

  #mark(element: Element): void {
    if (!this.#options.marks) return
    const id = attribute(element, 'id') ?? (element.tagName === 'a' ? attribute(element, 'name') : null)
    if (!id || !this.#options.marks.has(id) || this.marks.has(id)) return
    // An anchor within a heading marks the heading, not the rest of it.
    if (BLOCK.has(element.tagName) || /^h[1-6]$/.test(element.tagName)) this.#flush()
    this.marks.set(id, this.blocks.length)
  }

  #leavesOut(element: Element): boolean {
    const name = element.tagName
    const what = COUNTED[name] ?? this.#options.dropped?.get(element)
    if (what) count(this.#notes.dropped, what)
    if (SKIPPED.has(name) || this.#options.dropped?.has(element)) return true
    return leavesOut(element, this.#notes) && !(this.#options.includesHidden && hiddenBecause(element))
  }

  #block(element: Element, kind: RawBlock['kind'], level?: number): void {
    this.#flush()
    const outer = [this.#kind, this.#level] as const
    this.#kind = kind
    this.#level = level
    this.children(element)
    this.#flush();
    [this.#kind, this.#level] = outer
  }

  #list(element: Element): void {
    this.#listDepth++
    this.#block(element, this.#kind, this.#level)
    this.#listDepth--
  }

  /** One break is a space in a sentence, two in a row are how old pages write paragraphs. */
  #break(): void {
    if (/\n\s*$/.test(this.#inline.slice(-50))) this.#flush()
    else this.#inline += '\n'
  }

  #code(element: Element): void {
    this.#flush()
    const text = normalise(textOf(element, { keepLines: true, notes: this.#notes, includesHidden: this.#options.includesHidden }), { keepLines: true })
    if (text.trim()) this.#push({ kind: 'code', text })
  }

  #table(table: Element): void {
    this.#flush()
    const includesHidden = this.#options.includesHidden ?? false
    for (const caption of seenBelow(table, 'caption', includesHidden)) this.#block(caption, 'caption')
    for (const row of seenBelow(table, 'tr', includesHidden, this.#notes)) {
      this.#mark(row)
      const notes = noNotes()
      const cells = row.childNodes.filter(isElement).filter(({ tagName }) => tagName === 'td' || tagName === 'th')
      const text = tableRow(cells.filter(cell => !leavesOut(cell, notes) || includesHidden).map(cell => textOf(cell, { notes, includesHidden })))
      addNotes(this.#notes, notes)
      if (text) this.#push({ kind: 'table_row', text })
    }
  }
}

/** One line a row, cells separated by ` | `; empty when all cells are. */
export function tableRow(cells: string[]): string {
  const clean = cells.map(cell => normalise(cell))
  while (clean.length > 0 && !clean.at(-1)) clean.pop()
  return normalise(clean.join(' | '))
}

/** Whether a reader does not see an element, and a note of what it holds. */
function leavesOut(element: Element, notes = noNotes()): boolean {
  const reason = hiddenBecause(element)
  if (reason) hide(notes, reason, normalise(textOf(element)))
  else if (attribute(element, 'aria-hidden') === 'true') count(notes.dropped, 'decoration')
  else return false
  return true
}

/** Tables that lay out a page hold other tables, headings, lists or long texts; their cells are read one after another. */
function isDataTable(table: Element): boolean {
  for (const element of elementsBelow(table)) {
    if (/^(?:table|h[1-6]|pre|article|section|form)$/.test(element.tagName)) return false
    if (element.tagName === 'tr' && textOf(element).trim().length > MAX_ROW) return false
  }
  return textOf(table).trim().length > 0
}

/** The elements of a name, none within another; what is hidden on the way is noted. */
function* seenBelow(root: Element, name: string, includesHidden: boolean, notes?: Notes): Generator<Element> {
  const left = new Set<Element>()
  for (const element of elementsBelow(root, child => child.tagName !== name && !left.has(child))) {
    if (leavesOut(element, notes) && !includesHidden) left.add(element)
    else if (element.tagName === name) yield element
  }
}

/** Text of a subtree as one string, a space or (`keepLines`) a line end where a block or a break ends. */
export function textOf(root: Node, { keepLines = false, notes, includesHidden = false }: { keepLines?: boolean, notes?: Notes, includesHidden?: boolean } = {}): string {
  let text = ''
  const end = keepLines ? '\n' : ' '
  const visit = (node: Node): void => {
    if (isText(node)) text += node.value
    if (!isElement(node)) return
    if (node !== root && (SKIPPED.has(node.tagName) || (leavesOut(node, notes) && !includesHidden))) return
    const separate = node !== root && (node.tagName === 'br' || node.tagName === 'li' || BLOCK.has(node.tagName))
    if (separate && text && !/\s$/.test(text)) text += end
    node.childNodes.forEach(visit)
    if (separate && node.tagName !== 'br') text += end
  }
  visit(root)
  return text
}
