import { charsetEncoding, codepageEncoding } from './charsets.ts'

export interface Font { name: string, encoding: string | null }

interface Style { outline: number | null, basedOn: number | null, name: string }

/** Entries of one table that are kept. */
const MAX_ENTRIES = 10_000
const MAX_NAME = 100
const MAX_CHAIN = 20

/** The tables before the text: fonts, colours and styles by number (RTF 1.9.1, "Header"). */
export class Header {
  encoding = 'windows-1252'
  defaultFont = 0
  readonly #fonts = new Map<number, Font>()
  readonly #colours: string[] = []
  readonly #styles = new Map<number, Style>()
  #font: Font = { name: '', encoding: null }
  #colour = [0, 0, 0]
  #style: Style = { outline: null, basedOn: null, name: '' }

  font(number: number): Font | undefined {
    return this.#fonts.get(number) ?? this.#fonts.get(this.defaultFont)
  }

  isWhite(colour: number): boolean {
    return this.#colours[colour] === '255,255,255'
  }

  /** From 0; null for body text. */
  outline(style: number): number | null {
    let current: number | null = style
    for (let chain = 0; current !== null && chain < MAX_CHAIN; chain++) {
      const found: Style | undefined = this.#styles.get(current)
      if (!found) return null
      const level = found.outline ?? outlineOf(found.name)
      if (level !== null) return level < 9 ? level : null
      current = found.basedOn === current ? null : found.basedOn
    }
    return null
  }

  isCaption(style: number): boolean {
    return /^caption$/i.test(this.#styles.get(style)?.name.trim() ?? '')
  }

  isCode(style: number): boolean {
    return /^(?:html preformatted|preformatted text|source code)$/i.test(this.#styles.get(style)?.name.trim() ?? '')
  }

  /** Begins an entry of the table of styles; a paragraph style without a number is number 0. */
  beginStyle(): void {
    this.#style = { outline: null, basedOn: null, name: '' }
    this.#keepStyle(0)
  }

  control(table: 'fonts' | 'colours' | 'styles', word: string, parameter: number | null): void {
    if (table === 'fonts') {
      if (word === 'f') this.#beginFont(parameter ?? 0)
      else if (word === 'fcharset') this.#font.encoding = charsetEncoding(parameter ?? 0)
      else if (word === 'cpg') this.#font.encoding = codepageEncoding(parameter ?? 0)
    }
    else if (table === 'colours') {
      const place = ['red', 'green', 'blue'].indexOf(word)
      if (place >= 0) this.#colour[place] = parameter ?? 0
    }
    else if (word === 's') {
      this.#keepStyle(parameter ?? 0)
    }
    else if (word === 'outlinelevel') {
      this.#style.outline = parameter
    }
    else if (word === 'sbasedon') {
      this.#style.basedOn = parameter
    }
  }

  text(table: 'fonts' | 'colours' | 'styles', text: string): void {
    if (table === 'fonts') this.#font.name = (this.#font.name + text).slice(0, MAX_NAME).replace(/;.*$/, '')
    else if (table === 'styles') this.#style.name = (this.#style.name + text).slice(0, MAX_NAME).replace(/;.*$/, '')
    else for (const _ of text.matchAll(/;/g)) this.#endColour()
  }

  #beginFont(number: number): void {
    this.#font = { name: '', encoding: null }
    if (this.#fonts.size < MAX_ENTRIES) this.#fonts.set(number, this.#font)
  }

  #keepStyle(number: number): void {
    if (this.#styles.get(0) === this.#style) this.#styles.delete(0)
    if (this.#styles.size < MAX_ENTRIES && !this.#styles.has(number)) this.#styles.set(number, this.#style)
  }

  #endColour(): void {
    if (this.#colours.length < MAX_ENTRIES) this.#colours.push(this.#colour.join(','))
    this.#colour = [0, 0, 0]
  }
}

function outlineOf(name: string): number | null {
  if (/^title$/i.test(name.trim())) return 0
  const level = /^heading ([1-9])$/i.exec(name.trim())?.[1]
  return level ? Number(level) - 1 : null
}
