import MarkdownIt from 'markdown-it'

type InlineState = InstanceType<InstanceType<typeof MarkdownIt>['inline']['State']>
type Token = InlineState['tokens'][number]

const BaseInline = new MarkdownIt().inline.State

/**
 * Inline parser state that notes where in its source each token begins.
 *
 * markdown-it keeps line numbers for blocks and nothing for what is inside them, yet a citation stands at a character.
 * Rules append plain text to `pending` and push everything else, always while `pos` is at (or one past) the first
 * character, so watching those two places is enough.
 */
export class PositionedInline extends BaseInline {
  #pending = ''
  #pendingStart = 0

  constructor(...parameters: ConstructorParameters<typeof BaseInline>) {
    super(...parameters)
    Object.defineProperty(this, 'pending', {
      get: () => this.#pending,
      set: (value: string) => {
        if (this.#pending === '' && value !== '') this.#pendingStart = this.src.startsWith(value, this.pos) ? this.pos : this.pos - value.length
        this.#pending = value
      },
    })
  }

  override pushPending(): Token {
    const start = this.#pendingStart
    const token = super.pushPending()
    token.meta = { position: start }
    return token
  }

  override push(type: string, tag: string, nesting: -1 | 0 | 1): Token {
    const token = super.push(type, tag, nesting)
    token.meta = { position: this.pos }
    return token
  }
}

/** Offset of an inline token in the text it was parsed from. */
export function positionOf(token: Token): number {
  return Number(token.meta?.position ?? 0)
}

/**
 * For every offset of a block's inline `content`, the matching offset in `source`, plus one entry for its end.
 *
 * The content is the source without what belongs to the block: list and quote marks before each line, blanks around
 * it, `#` around a heading, the backslash of `\|` in a table. So it is found again by reading both in step, and what
 * only the source has is skipped. `from` and `to` bound the search.
 */
export function contentOffsets(source: string, content: string, from: number, to: number): number[] {
  const offsets: number[] = []
  let at = from
  for (const [index, line] of content.split('\n').entries()) {
    if (index > 0) {
      // The break itself: at the end of the source's line.
      const end = source.indexOf('\n', at)
      const stop = end === -1 || end > to ? to : end
      offsets.push(stop)
      at = Math.min(stop + 1, to)
    }
    at = alignLine(source, line, at, to, offsets)
  }
  offsets.push(at)
  return offsets
}

/** Appends an offset for each character of `line`; returns the offset after its last one. */
function alignLine(source: string, line: string, from: number, to: number, offsets: number[]): number {
  if (line === '') return from
  const lineEnd = source.indexOf('\n', from)
  const end = lineEnd === -1 || lineEnd > to ? to : lineEnd
  const exact = source.indexOf(line, from)
  if (exact !== -1 && exact + line.length <= end) {
    for (let index = 0; index < line.length; index++) offsets.push(exact + index)
    return exact + line.length
  }
  let at = from
  for (const character of line.split('')) {
    const found = source.indexOf(character, at)
    if (found === -1 || found >= end) offsets.push(Math.min(at, end))
    else {
      offsets.push(found)
      at = found + 1
    }
  }
  return Math.min(at, end)
}
