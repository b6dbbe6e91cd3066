import { spell, type LayoutBlock } from './blocks.ts'
import type { Line } from './lines.ts'

const MAX_LENGTH = 180
const MAX_LINES = 4
const NUMBER = /^(?:(?:chapter|section|part|appendix|kapitel)\s+)?((?:\d{1,2}|[A-Z]|[IVX]{1,5})(?:\.\d{1,2}){0,4})\.?\s+\p{L}/iu
/** Headings that papers do not number; in the type of the numbered ones. */
const NAMED = /^(?:abstract|introduction|references|bibliography|acknowledge?ments?|conclusions?|summary|contents|appendix|appendices|index|preface|foreword|limitations|ethics statement)$/i

/** Finds headings by type size, weight and numbering, compared with what the document's text is set in. */
export class HeadingFinder {
  readonly #sizes = new Map<number, number>()
  /** Level of a numbered heading by its look, so that unnumbered ones of the same look get the same. */
  readonly #levels = new Map<string, number>()
  /** Sizes above the text's that headings were seen in, largest first. */
  readonly #large = new Set<number>()
  #boldShare = { bold: 0, all: 0 }

  /** Counts the type of a page's characters; to be called for pages before their blocks are judged. */
  observe(size: number, characters: number, bold: boolean): void {
    const rounded = Math.round(size * 2) / 2
    this.#sizes.set(rounded, (this.#sizes.get(rounded) ?? 0) + characters)
    this.#boldShare.all += characters
    if (bold) this.#boldShare.bold += characters
    if (characters >= 4) this.#large.add(rounded)
  }

  /** The size that most of the text is set in, in points. */
  get bodySize(): number {
    let best = 0
    for (const [size, count] of this.#sizes) if (count > (this.#sizes.get(best) ?? 0)) best = size
    return best
  }

  /** Marks the headings among the blocks of a page. */
  mark(blocks: LayoutBlock[]): void {
    const body = this.bodySize
    const boldMatters = this.#boldShare.bold < 0.4 * this.#boldShare.all
    for (const [index, block] of blocks.entries()) {
      const text = spell(block).trim()
      if ((block.kind !== 'paragraph' && block.kind !== 'list_item') || text.length > MAX_LENGTH || block.lines.length > MAX_LINES) continue
      if (text.length < 2 || !/\p{L}{2}/u.test(text)) continue
      if (block.lines.some(line => line.mono)) continue
      const number = this.#numberOf(block, text)
      // Words far apart, and lines between rows, are the head of a table.
      const inTable = blocks[index - 1]?.kind === 'table_row' && blocks[index + 1]?.kind === 'table_row'
      if (number === undefined && (inTable || block.lines.some(isSpread))) continue
      const large = block.size > body * 1.12
      const emphatic = block.bold && boldMatters && block.size > body * 0.93
      const capitals = /^[^\p{Ll}]+$/u.test(text) && /\p{Lu}{3}/u.test(text) && block.size > body * 0.93
      const named = NAMED.test(text.replace(/^[\dA-Z.]+\s+/, ''))
      if (!large && !emphatic && !(capitals && (number !== undefined || named)) && !named) continue
      if (block.kind === 'list_item' && number === undefined) continue
      if (!large && number === undefined && /[.,;:]$/.test(text) && !/^[\p{Lu}][^.]{0,60}[.:]$/u.test(text)) continue
      if (/[,;]$/.test(text) || (!large && block.lines.length > 2)) continue
      block.kind = 'heading'
      block.level = this.#level(block, number)
    }
  }

  #numberOf(block: LayoutBlock, text: string): string | undefined {
    const match = NUMBER.exec(text)
    const number = match?.[1]
    if (number === undefined) return undefined
    // "A" and "I" are words as well: a lone letter counts where its look is that of numbered headings.
    const isWord = /^[A-Z]+$/.test(number) && !/^[A-Z]+\./.test(text) && !match![0].includes(' ' + number)
    return isWord && !this.#levels.has(lookOf(block)) ? undefined : number
  }

  #level(block: LayoutBlock, number: string | undefined): number {
    const look = lookOf(block)
    if (number !== undefined) {
      // Below the document's own title, which is larger than its sections.
      const level = Math.min(6, number.split('.').length + 1)
      this.#levels.set(look, level)
      return level
    }
    const known = this.#levels.get(look)
    if (known !== undefined) return known
    const body = this.bodySize
    const larger = [...this.#large].filter(size => size > body * 1.12 && size > block.size + 0.6).length
    return Math.min(6, 1 + larger)
  }
}

function lookOf({ size, bold }: LayoutBlock): string {
  return `${Math.round(size * 2) / 2} ${bold}`
}

function isSpread({ segments, size }: Line): boolean {
  return segments.some((segment, index) => index > 0 && segment.x0 - segments[index - 1]!.x1 > 1.2 * size)
}

/** Names and addresses between a paper's title and its abstract are set large, but are no headings. */
export function demoteAuthors(blocks: LayoutBlock[]): void {
  const end = blocks.findIndex(block => block.kind === 'heading' && /^abstract$/i.test(spell(block).trim()))
  if (end < 2) return
  const title = blocks.slice(0, end).reduce((best, block, index) => block.size > blocks[best]!.size + 0.1 ? index : best, 0)
  for (const block of blocks.slice(title + 1, end)) {
    if (block.kind !== 'heading') continue
    block.kind = 'paragraph'
    delete block.level
  }
}
