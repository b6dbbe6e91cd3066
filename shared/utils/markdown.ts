import MarkdownIt from 'markdown-it'
import { PositionedInline, contentOffsets, positionOf } from './markdown-positions.ts'

/**
 * An answer's Markdown as a tree of plain values: nothing in it is HTML, so a renderer that makes elements only from
 * `MarkdownTag` cannot be talked into anything else by the text. `from` and `to` are offsets in the Markdown source.
 */
export type MarkdownTag
  = 'p' | 'h2' | 'h3' | 'h4' | 'h5' | 'h6' | 'ul' | 'ol' | 'li' | 'blockquote' | 'table' | 'thead' | 'tbody' | 'tr' | 'th' | 'td'
    | 'strong' | 'em' | 's' | 'code' | 'a'

export interface MarkdownText { kind: 'text', text: string, from: number, to: number }
export interface MarkdownCode { kind: 'code', text: string, language: string, from: number, to: number }
export interface MarkdownElement {
  kind: 'element'
  tag: MarkdownTag
  children: MarkdownNode[]
  /** Address inside this site; every other link is drawn as its text alone. */
  href?: string
  align?: 'left' | 'center' | 'right'
  /** First number of an ordered list. */
  first?: number
}
export type MarkdownNode = MarkdownText | MarkdownCode | MarkdownElement | { kind: 'break' } | { kind: 'rule' }

/** A top-level block. While an answer grows only the last one can still change. */
export interface MarkdownBlock { from: number, to: number, node: MarkdownNode }

type Parser = InstanceType<typeof MarkdownIt>
type Token = ReturnType<Parser['parse']>[number]

/** The only addresses an answer may link to: pages of documents in this library. */
const CORPUS_LINK = /^\/documents\/[0-9a-f-]{36}(\?[\w=&.%-]*)?$/i

const parser = createParser()

function createParser(): Parser {
  const md = new MarkdownIt({ html: false, linkify: false, typographer: false, breaks: false })
  // A definition at the end of the answer could change blocks that are already drawn.
  md.block.ruler.disable('reference')
  md.inline.ruler2.disable('fragments_join')
  md.core.ruler.disable('text_join')
  md.inline.State = PositionedInline
  // Every address is parsed as a link and judged in `toElement`, so that `[text](javascript:…)` is drawn as its text.
  md.validateLink = () => true
  return md
}

/** Parses Markdown into top-level blocks. `offset` is added to all positions. */
export function parseMarkdown(source: string, offset = 0): MarkdownBlock[] {
  const tokens = parser.parse(source, {})
  const lines = lineStarts(source)
  const blocks: MarkdownBlock[] = []
  let index = 0
  while (index < tokens.length) {
    const [from, to] = range(tokens[index]!, lines, source.length)
    const builder = new TreeBuilder(source, lines, offset)
    index = builder.read(tokens, index)
    if (builder.root.length > 0) blocks.push({ from: from + offset, to: to + offset, node: builder.root[0]! })
  }
  return blocks
}

/**
 * Parses an answer that has grown since `previous` was made from its beginning. Finished blocks are returned as they
 * are, the same objects, so that a view can skip them. The last two are parsed anew: what looked like a paragraph of
 * its own, a lone "2" or "*", may turn out to belong to the list or the quotation before it.
 */
export function growMarkdown(previous: MarkdownBlock[], source: string): MarkdownBlock[] {
  const kept = previous.slice(0, -2)
  const before = previous.at(-2)
  const grown = parseMarkdown(source.slice(before?.from ?? 0), before?.from ?? 0)
  // The same stretch of the same text is the same block.
  if (before && grown[0]?.from === before.from && grown[0].to === before.to) grown[0] = before
  return [...kept, ...grown]
}

class TreeBuilder {
  readonly root: MarkdownNode[] = []
  readonly #source: string
  readonly #lines: number[]
  readonly #offset: number
  /** Where the next piece of text of the current line may begin; cells of a table row share a line. */
  #cursor = 0
  #line: [number, number] = [0, 0]

  constructor(source: string, lines: number[], offset: number) {
    this.#source = source
    this.#lines = lines
    this.#offset = offset
  }

  /** Reads one top-level block from `index`; returns the index after it. */
  read(tokens: Token[], index: number): number {
    const stack: MarkdownNode[][] = [this.root]
    let depth = 0
    do {
      const token = tokens[index]!
      if (token.map && token.map[0] !== this.#line[0]) this.#cursor = this.#lines[token.map[0]] ?? 0
      if (token.map) this.#line = token.map
      depth += token.nesting
      this.#place(token, stack)
      index += 1
    } while (depth > 0 && index < tokens.length)
    return index
  }

  #place(token: Token, stack: MarkdownNode[][]): void {
    const into = stack.at(-1)!
    if (token.nesting === 1) {
      if (token.hidden) stack.push(into)
      else {
        const element = toElement(token)
        into.push(element)
        stack.push(element.children)
      }
    }
    else if (token.nesting === -1) stack.pop()
    else if (token.type === 'inline') into.push(...this.#inline(token))
    else if (token.type === 'hr') into.push({ kind: 'rule' })
    else if (token.type === 'fence' || token.type === 'code_block') {
      const [from, to] = range(token, this.#lines, this.#source.length)
      const language = token.info.trim().split(/\s+/)[0] ?? ''
      into.push({ kind: 'code', text: token.content.replace(/\n$/, ''), language, from: from + this.#offset, to: to + this.#offset })
    }
  }

  #inline(token: Token): MarkdownNode[] {
    const end = this.#lines[this.#line[1]] ?? this.#source.length
    const offsets = contentOffsets(this.#source, token.content, this.#cursor, end)
    if (token.content) this.#cursor = offsets[token.content.length]!
    const at = (position: number) => offsets[Math.min(position, token.content.length)]! + this.#offset

    const root: MarkdownNode[] = []
    const stack: MarkdownNode[][] = [root]
    for (const child of token.children ?? []) {
      const into = stack.at(-1)!
      if (child.nesting === 1) {
        const element = toElement(child)
        into.push(element)
        stack.push(element.children)
      }
      else if (child.nesting === -1) stack.pop()
      else if (child.type === 'softbreak') appendText(into, '\n', at(positionOf(child)), at(positionOf(child) + 1))
      else if (child.type === 'hardbreak') into.push({ kind: 'break' })
      else if (child.type === 'code_inline') {
        const from = positionOf(child) + child.markup.length
        const text: MarkdownText = { kind: 'text', text: child.content, from: at(from), to: at(from + child.content.length) }
        into.push({ kind: 'element', tag: 'code', children: [text] })
      }
      else if (child.type === 'text_special') appendText(into, child.content, at(positionOf(child)), at(positionOf(child) + child.markup.length))
      else if (child.content) {
        // Where the source has characters that the content has not (the backslash of `\|` in a cell), a new text begins.
        const start = positionOf(child)
        let begin = 0
        for (let index = 1; index <= child.content.length; index++) {
          if (index < child.content.length && at(start + index) === at(start + index - 1) + 1) continue
          appendText(into, child.content.slice(begin, index), at(start + begin), at(start + index - 1) + 1)
          begin = index
        }
      }
    }
    return root
  }
}

/** Joins text that stands side by side in the source, so that a sentence is one node where nothing divides it. */
function appendText(into: MarkdownNode[], text: string, from: number, to: number): void {
  const last = into.at(-1)
  if (last?.kind === 'text' && last.to === from && last.text.length === last.to - last.from && text.length === to - from) {
    last.text += text
    last.to = to
  }
  else into.push({ kind: 'text', text, from, to })
}

const HEADINGS: Record<string, MarkdownTag> = { h1: 'h2', h2: 'h2', h3: 'h3', h4: 'h4', h5: 'h5', h6: 'h6' }

function toElement(token: Token): MarkdownElement {
  const element: MarkdownElement = { kind: 'element', tag: (HEADINGS[token.tag] ?? token.tag) as MarkdownTag, children: [] }
  if (token.tag === 'a') {
    const href = String(token.attrGet('href') ?? '')
    if (CORPUS_LINK.test(href)) element.href = href
  }
  const style = token.attrGet('style')
  if (style) element.align = String(style).replace('text-align:', '') as MarkdownElement['align']
  if (token.tag === 'ol') element.first = Number(token.attrGet('start') ?? 1)
  return element
}

function lineStarts(source: string): number[] {
  const starts = [0]
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function range(token: Token, lines: number[], length: number): [number, number] {
  if (!token.map) return [0, length]
  return [lines[token.map[0]] ?? length, lines[token.map[1]] ?? length]
}
