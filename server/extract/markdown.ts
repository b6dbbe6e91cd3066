import MarkdownIt from 'markdown-it'
import { withEncodingNotes } from './encoding-notes.ts'
import { decodeAll, detectText } from './encoding.ts'
import { ExtractFailure } from './failures.ts'
import { cleanTitle, type FormatEvent, type Source } from './format.ts'
import { readHtml } from './html.ts'
import { tableRow } from './html/walker.ts'
import { normalise } from './normalise.ts'
import { sections, type RawBlock } from './sections.ts'

type Token = ReturnType<InstanceType<typeof MarkdownIt>['parse']>[number]

/** Parsed at a time: the tokens of a text take some twenty times its size. */
const SLICE = 256 * 1024
const MAX_SLICE = 2 * SLICE
/** Looked at for a title. */
const TITLE_BLOCKS = 20

const parser = new MarkdownIt({ html: true })

/** Markdown as readable text: headings, lists, tables and code without their marks; front matter gives the title. */
export function* extractMarkdown({ bytes }: Source): Generator<FormatEvent> {
  const detected = detectText(bytes)
  const source = decodeAll(bytes, detected.encoding).replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  const { title, body } = frontMatter(source)
  const blocks = readMarkdown(body)
  const first: RawBlock[] = []
  for (const block of blocks) if (first.push(block) >= TITLE_BLOCKS) break
  if (first.length === 0) throw new ExtractFailure('no_text')
  const heading = first.find(block => block.kind === 'heading' && block.level === 1) ?? first.find(block => block.kind === 'heading')
  yield { type: 'document', pages: null, title: cleanTitle(normalise(title ?? '')) ?? cleanTitle(heading?.text) }
  // A generator that was left by `break` is closed, so the text is read from the start again, lazily.
  for (const page of sections(withEncodingNotes(readMarkdown(body), detected))) yield { type: 'page', page }
}

/** YAML (`---`) or TOML (`+++`) before the text. Only its title is of use to a reader. */
function frontMatter(source: string): { title: string | null, body: string } {
  const fence = /^(---|\+\+\+)[ \t]*\n/.exec(source)
  if (!fence) return { title: null, body: source }
  const end = source.indexOf(`\n${fence[1]}`, fence[0].length - 1)
  const head = source.slice(fence[0].length, end)
  if (end < 0 || head.length > 64 * 1024 || !/^[\w"'-]+\s*[:=]/m.test(head)) return { title: null, body: source }
  const title = /^["']?title["']?\s*[:=]\s*(.+)$/mi.exec(head)?.[1]?.trim().replace(/^(["'])(.*)\1$/, '$2') ?? null
  const rest = source.indexOf('\n', end + 1)
  return { title, body: rest < 0 ? '' : source.slice(rest + 1) }
}

function* readMarkdown(body: string): Generator<RawBlock> {
  const references: Record<string, { href: string, title: string }> = {}
  if (body.length > SLICE) {
    // A link's definition may lie in another slice; without one its brackets would show.
    for (const match of body.matchAll(/^ {0,3}\[([^\]\n^][^\]\n]{0,200})\]:[ \t]*\S/gm)) {
      references[parser.utils.normalizeReference(match[1]!)] = { href: '', title: '' }
    }
  }
  for (const slice of slices(body)) yield* blocksOf(parser.parse(slice, { references }))
}

/** Cuts where a new top-level block begins after a blank line, outside of fenced code. */
function* slices(body: string): Generator<string> {
  let start = 0
  let fence = ''
  let blank = false
  let position = 0
  while (position < body.length) {
    const newline = body.indexOf('\n', position)
    const end = newline < 0 ? body.length : newline + 1
    const line = body.slice(position, Math.min(end, position + 200))
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (position - start >= SLICE) {
      const fresh = blank && !fence && /^[^\s>*+\-\d|]/.test(line)
      if (fresh || position - start >= MAX_SLICE) {
        yield body.slice(start, position)
        start = position
        fence = ''
      }
    }
    if (mark && !fence) fence = mark
    else if (mark && mark.startsWith(fence)) fence = ''
    blank = line.trim() === ''
    position = end
  }
  if (start < body.length) yield body.slice(start)
}

function* blocksOf(tokens: Token[]): Generator<RawBlock> {
  let depth = 0
  let heading = 0
  let cells: string[] | null = null
  for (const token of tokens) {
    switch (token.type) {
      case 'bullet_list_open': case 'ordered_list_open': depth++
        break
      case 'bullet_list_close': case 'ordered_list_close': depth--
        break
      case 'heading_open': heading = Number(token.tag[1])
        break
      case 'heading_close': heading = 0
        break
      case 'tr_open': cells = []
        break
      case 'tr_close': {
        const text = tableRow(cells ?? [])
        if (text) yield { kind: 'table_row', text }
        cells = null
        break
      }
      case 'inline': {
        const text = normalise(inlineText(token.children ?? []))
        if (cells) cells.push(text)
        else if (text && heading) yield { kind: 'heading', level: heading, text }
        else if (text && depth) yield { kind: 'list_item', level: depth, text }
        else if (text) yield { kind: 'paragraph', text }
        break
      }
      case 'fence': case 'code_block': {
        const text = normalise(token.content, { keepLines: true })
        if (text.trim()) yield { kind: 'code', text }
        break
      }
      case 'html_block': yield* readHtml(token.content).blocks
        break
    }
  }
}

function inlineText(tokens: Token[]): string {
  return tokens.map((token) => {
    if (token.type === 'softbreak' || token.type === 'hardbreak') return ' '
    if (token.type === 'html_inline') return /^<br/i.test(token.content) ? ' ' : ''
    return token.type === 'image' ? '' : token.content
  }).join('')
}
