import { codeSpanAt, fenceAt, lineInFence, type Fence } from './code-tokens.ts'

/**
 * Cleans a model's Markdown while it streams: removes `[n]` markers that the model wrote itself (the product sets its own
 * numbers), and everything that could lead out of the corpus: links to other places keep their text, images and tags
 * that load something go. Code stays as it is.
 *
 * What comes out does not depend on how the text was cut into pieces: a token is decided on its whole text, and one
 * that is not complete waits for more.
 */
export interface TextFilter {
  push: (piece: string) => string
  /** What still waits, decided as the end of the text. Afterwards a new text can begin on the same line. */
  flush: () => string
}

/** Longest link, marker or tag that is waited for; a longer one is cut open as plain text. */
const MAX_TOKEN = 2_000
const MARKER = /^\[\^?\s*\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\s*\]/
const ACTIVE_TAG = /^<\/?(?:a|img|iframe|object|embed|video|audio|source|track|svg|math|script|style|link|base|meta|form|input|button|picture|area|map|frame|applet|body|html|head)\b[^>]*>/i
const TAG_START = /^<\/?[a-z]*$/i
const AUTOLINK = /^<([a-z][a-z0-9+.-]{1,31}:[^\s<>]*|[^\s<>@]+@[^\s<>]+)>/i
/** Documents and places in them, as this product's own pages name them. */
const INTO_CORPUS = /^\/documents\/[0-9a-f-]{36}(?:\?[\w=&]*)?(?:#[\w-]*)?$/i

/** What stands at the start of a text: its length and what becomes of it; null: not decided yet. */
type Token = { length: number, output: string } | null

export function createTextFilter({ inline = false } = {}): TextFilter {
  let buffer = ''
  let lineStart = !inline
  let fence: Fence | null = null
  /** False once a renderer may see another end of a code block than we do: then everything is cleaned. */
  let trustFences = !inline
  let lastOut = ''
  /** Something was taken out and only space has followed: what comes next may now open its line. */
  let removed = false

  function run(final: boolean): string {
    let output = ''
    while (buffer !== '') {
      const token = fence ? inFence(fence, final) : lineStart ? atLineStart(final) : inLine(buffer, final)
      if (token === null) break
      const consumed = buffer.slice(0, token.length)
      buffer = buffer.slice(token.length)
      if (consumed !== '') lineStart = consumed.endsWith('\n')
      const piece = separate(lastOut, token.output, removed)
      if (lineStart || token.output.trim() !== '') removed = false
      else if (token.output === '') removed = true
      output += piece
      if (piece !== '') lastOut = piece.at(-1)!
    }
    return output
  }

  function inFence(open: Fence, final: boolean): Token {
    const end = buffer.indexOf('\n')
    if (end < 0 && !final) return null
    const line = end < 0 ? buffer : buffer.slice(0, end + 1)
    const place = lineInFence(line, open)
    if (place !== 'inside') fence = null
    if (place !== 'left') return keep(line.length, buffer)
    trustFences = false
    return atLineStart(final)
  }

  function atLineStart(final: boolean): Token {
    const opened = trustFences ? fenceAt(buffer, final) : null
    if (opened === 'undecided') return null
    if (opened === 'unclear') trustFences = false
    else if (opened) {
      fence = opened.fence
      return keep(opened.line.length, buffer)
    }
    const definition = definitionAt(buffer, final)
    return definition === 'none' ? inLine(buffer, final) : definition
  }

  return {
    push(piece) {
      buffer += piece
      return run(false)
    },
    flush: () => run(true),
  }
}

/** Keeps what was apart from becoming a link, an image or a definition when something between is taken out. */
function separate(before: string, output: string, removed: boolean): string {
  if (removed && output.startsWith('~')) return `\\${output}`
  if (before === ']' && /^[(:[]/.test(output)) return `\\${output}`
  if ((before === '!' && output.startsWith('[')) || (before === '`' && output.startsWith('`'))) return ` ${output}`
  return output
}

/** The whole text cleaned at once. */
export function cleanText(text: string): string {
  const filter = createTextFilter()
  return filter.push(text) + filter.flush()
}

/** The text of a link or an image: one line, wherever it stood. */
function cleanLabel(text: string): string {
  const filter = createTextFilter({ inline: true })
  return filter.push(text.replaceAll('\n', ' ')) + filter.flush()
}

function inLine(text: string, final: boolean): Token {
  const plain = /^[^\s`![\]<\\]+/.exec(text)
  if (plain) return keep(plain[0].length, text)
  switch (text[0]) {
    case '\\':
      return text.length > 1 || final ? keep(Math.min(2, text.length), text) : null
    case '`':
      return codeSpanAt(text, final)
    case '!':
      return imageAt(text, final)
    case '[':
      return bracketAt(text, final)
    case ']':
      return strayTargetAt(text, final)
    case '<':
      return tagAt(text, final)
    default:
      return spaceAt(text, final)
  }
}

function keep(length: number, text: string): Token {
  return { length, output: text.slice(0, length) }
}

/** Space before a marker goes with it. */
function spaceAt(text: string, final: boolean): Token {
  if (text[0] === '\n') return keep(1, text)
  const length = /^[^\S\n]+/.exec(text)![0].length
  if (length === text.length) return final || length > MAX_TOKEN ? keep(length, text) : null
  if (text[length] !== '[') return keep(length, text)
  const token = bracketAt(text.slice(length), final)
  if (token === null) return null
  return isMarker(text.slice(length, length + token.length), token.output)
    ? { length: length + token.length, output: '' }
    : keep(length, text)
}

function isMarker(source: string, output: string): boolean {
  return output === '' && MARKER.test(source)
}

/** A marker, a link, or a bracket that means nothing. */
function bracketAt(text: string, final: boolean): Token {
  const close = closingBracket(text)
  if (close === 'open') return final ? keep(1, text) : null
  if (close === null) return keep(1, text)
  const marker = MARKER.test(text)
  if (close + 1 === text.length && !final) return null
  if (text[close + 1] !== '(') return marker ? { length: close + 1, output: '' } : keep(1, text)
  const target = targetAt(text.slice(close + 1), final)
  if (target === null) return null
  if (target === 'none') return marker ? { length: close + 1, output: '' } : keep(1, text)
  const length = close + 1 + target.length
  if (marker) return { length, output: '' }
  return INTO_CORPUS.test(target.url)
    ? { length, output: `[${cleanLabel(text.slice(1, close))}](${target.url})` }
    : { length, output: cleanLabel(text.slice(1, close)) }
}

/** Images are never shown, wherever they come from; their description is. */
function imageAt(text: string, final: boolean): Token {
  if (text.length === 1) return final ? keep(1, text) : null
  if (text[1] !== '[') return keep(1, text)
  const close = closingBracket(text.slice(1))
  if (close === 'open') return final ? keep(1, text) : null
  if (close === null) return keep(1, text)
  const after = 1 + close + 1
  if (after === text.length && !final) return null
  const target = text[after] === '(' ? targetAt(text.slice(after), final) : 'none'
  if (target === null) return null
  const description = cleanLabel(text.slice(2, after - 1))
  return { length: target === 'none' ? after : after + target.length, output: target === 'none' ? `[${description}]` : description }
}

/** `](…)` whose bracket opened before the last flush: without its text there is nothing to keep. */
function strayTargetAt(text: string, final: boolean): Token {
  if (text.length === 1) return final ? keep(1, text) : null
  if (text[1] !== '(') return keep(1, text)
  const target = targetAt(text.slice(1), final)
  if (target === null) return null
  return target === 'none' || INTO_CORPUS.test(target.url) ? keep(1, text) : { length: 1 + target.length, output: ']' }
}

/** Escaped it shows the same, and becomes no tag with what comes to stand next to it. */
const ESCAPED_LESS: Token = { length: 1, output: '\\<' }

function tagAt(text: string, final: boolean): Token {
  const autolink = AUTOLINK.exec(text)
  if (autolink) return { length: autolink[0].length, output: `\`${autolink[1]!.replaceAll('`', '')}\`` }
  const tag = ACTIVE_TAG.exec(text)
  if (tag) return tag[0].length <= MAX_TOKEN ? { length: tag[0].length, output: '' } : ESCAPED_LESS
  if (final || text.length > MAX_TOKEN) return ESCAPED_LESS
  const mayBecome = TAG_START.test(text) || /^<\/?(?:a|img|iframe|object|embed|video|audio|source|track|svg|math|script|style|link|base|meta|form|input|button|picture|area|map|frame|applet|body|html|head)\b[^>]*$/i.test(text)
    || /^<[a-z][a-z0-9+.-]*:?[^\s<>]*$/i.test(text) || /^<[^\s<>@]+@?[^\s<>]*$/.test(text)
  return mayBecome ? null : ESCAPED_LESS
}

/** `[label]: target` at the start of a line would give targets to brackets elsewhere. */
function definitionAt(text: string, final: boolean): Token | 'none' {
  const start = /^ {0,3}\[/.exec(text)
  if (!start) return /^ {0,3}$/.test(text) && !final ? null : 'none'
  const close = closingBracket(text.slice(start[0].length - 1))
  if (close === 'open') return final ? 'none' : null
  if (close === null) return 'none'
  const after = start[0].length + close
  if (after === text.length) return final ? 'none' : null
  if (text[after] !== ':') return 'none'
  const end = text.indexOf('\n', after)
  if (end < 0 && !final && text.length <= MAX_TOKEN) return null
  return { length: end < 0 ? text.length : end + 1, output: '' }
}

/** Place of the bracket that closes the one at 0; null when the paragraph or the limit ends first; `open`: not yet. */
function closingBracket(text: string): number | null | 'open' {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if (i >= MAX_TOKEN) return null
    const char = text[i]
    if (char === '\\') i++
    else if (char === '[') depth++
    else if (char === ']' && --depth === 0) return i
    else if (char === '\n' && text[i + 1] === '\n') return null
  }
  return 'open'
}

/** `(url "title")`; none when it is not one. */
function targetAt(text: string, final: boolean): { length: number, url: string } | 'none' | null {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if (i >= MAX_TOKEN) return 'none'
    const char = text[i]
    if (char === '\\') i++
    else if (char === '(') depth++
    else if (char === ')' && --depth === 0) {
      const inside = text.slice(1, i).trim()
      const url = inside.startsWith('<') ? inside.slice(1, inside.indexOf('>') < 0 ? undefined : inside.indexOf('>')) : inside.split(/\s/)[0]!
      return { length: i + 1, url }
    }
    else if (char === '\n' && text[i + 1] === '\n') return 'none'
  }
  return final ? 'none' : null
}
