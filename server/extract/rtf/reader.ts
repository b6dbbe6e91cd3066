import { OF_PAGES } from '../docx/fields.ts'
import { ExtractFailure } from '../failures.ts'
import { Flow, type ParagraphStyle } from '../flow.ts'
import type { HiddenText } from '../format.ts'
import type { RawBlock } from '../sections.ts'
import { symbol } from '../symbols.ts'
import { codepageEncoding, decode } from './charsets.ts'
import { Header } from './header.ts'
import { newState, setProperty, type Destination, type State } from './state.ts'
import { Tables } from './tables.ts'
import type { TokenHandler } from './tokens.ts'
import { CHARACTERS, SKIPPED, STARRED } from './words.ts'

/** Real files stay under 60. */
const MAX_DEPTH = 1000
const MAX_TITLE = 1000
const MAX_INSTRUCTION = 200
/** Half points below which nobody reads. */
const TINY = 3

/** Follows the groups of an RTF file (specification 1.9.1) and writes its text into a flow. */
export class RtfReader implements TokenHandler {
  title = ''
  /** Blocks of headers and footers. */
  readonly margins: RawBlock[] = []
  readonly #hiddenText: HiddenText
  readonly #header = new Header()
  readonly #states: State[] = []
  #state = newState()
  #flow: Flow
  #tables: Tables
  /** Bytes whose text is not yet known: a character may take two of them, in two tokens. */
  #bytes: Uint8Array[] = []
  /** Bytes still to pass over behind a `\u`. */
  #skip = 0
  #inRow = false
  /** The paragraph at hand has a bullet or a number. */
  #listed = false
  #notes = 0
  #deleting = false
  #inMargin = false
  #instruction = ''

  constructor(hiddenText: HiddenText) {
    this.#hiddenText = hiddenText
    this.#flow = new Flow(hiddenText)
    this.#tables = new Tables(this.#flow)
  }

  finish(): RawBlock[] {
    while (this.#states.length > 0) this.close()
    this.#endParagraph()
    this.#tables.goTo(0)
    return this.#flow.finish().blocks
  }

  open(): void {
    this.#flush()
    this.#skip = 0
    if (this.#states.length >= MAX_DEPTH) throw new ExtractFailure('too_complex')
    this.#states.push(this.#state)
    const { destination, twice } = this.#state
    this.#state = { ...this.#state, destination: twice ? 'skip' : destination, twice: false, starred: false, end: null }
    if (destination === 'styles') this.#header.beginStyle()
  }

  close(): void {
    this.#flush()
    this.#skip = 0
    const outer = this.#states.pop()
    if (!outer) return
    this.#state.end?.()
    this.#state = outer
  }

  bytes(bytes: Buffer): void {
    const from = Math.min(this.#skip, bytes.length)
    this.#skip -= from
    if (from < bytes.length && this.#state.destination !== 'skip') this.#bytes.push(bytes.subarray(from))
  }

  byte(byte: number): void {
    if (this.#skip > 0) this.#skip--
    else if (this.#state.destination !== 'skip') this.#bytes.push(Uint8Array.of(byte))
  }

  control(word: string, parameter: number | null): void {
    this.#flush()
    if (word === '*') {
      this.#state.starred = true
      return
    }
    if (this.#skip > 0 && word !== 'u') {
      this.#skip--
      return
    }
    const starred = this.#state.starred
    this.#state.starred = false
    const { destination } = this.#state
    if (destination === 'skip' && word !== 'rtf' && word !== 'ud') return
    if (this.#enter(word)) return
    if (starred && !STARRED.has(word)) {
      this.#state.destination = 'skip'
      return
    }
    if (word === 'u') this.#unicode(parameter ?? 0)
    else if (destination === 'fonts' || destination === 'colours' || destination === 'styles') this.#header.control(destination, word, parameter)
    else if (Object.hasOwn(CHARACTERS, word)) this.#emit(CHARACTERS[word]!)
    this.#act(word, parameter)
  }

  /** Begins what a word says that the group is; false where it says nothing of the kind. */
  #enter(word: string): boolean {
    switch (word) {
      case 'rtf': return this.#become('body')
      case 'fonttbl': return this.#become('fonts')
      case 'colortbl': return this.#become('colours')
      case 'stylesheet': return this.#become('styles')
      case 'info': return this.#become('info')
      case 'title': return this.#become(this.#state.destination === 'info' ? 'title' : 'skip')
      case 'pict': case 'shppict': return this.#leaveOut('image')
      case 'object': this.#flow.drop('attachment')
        return true
      case 'annotation': return this.#leaveOut('comment')
      case 'fldinst': this.#instruction = ''
        return this.#become('instruction')
      case 'fldrslt': return this.#inMargin && OF_PAGES.test(this.#instruction) ? this.#become('skip') : true
      case 'listtext': case 'pntext': this.#listed = true
        return this.#become('skip')
      case 'upr': this.#state.twice = true
        return true
      // The first group of `\upr` is skipped, the one with Unicode is what it stands in.
      case 'ud': return this.#become(this.#states.at(-2)?.destination ?? 'skip')
      case 'footnote': return this.#beginNote()
      case 'shptxt': case 'dptxbxtext': return this.#beginAside()
      case 'header': case 'headerl': case 'headerr': case 'headerf': case 'footer': case 'footerl': case 'footerr': case 'footerf': return this.#beginMargin()
      default: return SKIPPED.has(word) || /^m\w+Pr$/.test(word) ? this.#become('skip') : false
    }
  }

  #become(destination: Destination): boolean {
    this.#state.destination = destination
    return true
  }

  #leaveOut(kind: string): boolean {
    this.#flow.drop(kind)
    return this.#become('skip')
  }

  #act(word: string, parameter: number | null): void {
    switch (word) {
      case 'ansi': this.#header.encoding = 'windows-1252'
        return
      case 'mac': this.#header.encoding = 'macintosh'
        return
      case 'ansicpg': this.#header.encoding = codepageEncoding(parameter ?? 1252)
        return
      case 'deff': this.#header.defaultFont = parameter ?? 0
        return
      case 'par': case 'sect': case '\n': case '\r': return this.#inBody(() => this.#endParagraph())
      case 'line': case 'page': case 'column': case 'softline': return this.#inBody(() => this.#flow.break())
      case 'trowd': this.#inRow = true
        return
      case 'clcbpat': case 'clcfpat': this.#state.boxShaded ||= (parameter ?? 0) > 0
        return
      case 'cell': return this.#endCell(1)
      case 'nestcell': return this.#endCell(Math.max(2, this.#state.nesting))
      case 'row': case 'nestrow': return this.#endRow(word === 'row' ? 1 : Math.max(2, this.#state.nesting))
      default: setProperty(this.#state, word, parameter)
    }
  }

  #inBody(act: () => void): void {
    if (this.#state.destination !== 'body') return
    this.#tables.goTo(this.#depth())
    act()
  }

  #depth(): number {
    const { inTable, nesting } = this.#state
    return inTable || this.#inRow ? Math.max(1, nesting) : 0
  }

  #endCell(depth: number): void {
    if (this.#state.destination !== 'body') return
    this.#tables.goTo(depth)
    this.#endParagraph()
    this.#tables.endCell(depth)
  }

  #endRow(depth: number): void {
    if (this.#state.destination !== 'body') return
    this.#endParagraph()
    this.#tables.endRow(depth)
    if (depth === 1) this.#inRow = false
    this.#state.boxShaded = false
  }

  #endParagraph(): void {
    this.#flow.style(this.#style())
    this.#flow.endParagraph()
    this.#listed = false
  }

  #style(): ParagraphStyle {
    const { style, outline, list, level } = this.#state
    const heading = outline ?? this.#header.outline(style)
    if (heading !== null && heading >= 0 && heading < 9) return { kind: 'heading', level: heading + 1 }
    if (list || this.#listed) return { kind: 'list_item', level: level + 1 }
    return { kind: this.#header.isCaption(style) ? 'caption' : this.#header.isCode(style) ? 'code' : 'paragraph' }
  }

  #flush(): void {
    if (this.#bytes.length === 0) return
    const bytes = this.#bytes.length === 1 ? this.#bytes[0]! : Buffer.concat(this.#bytes)
    this.#bytes = []
    const font = this.#header.font(this.#state.font)
    const encoding = this.#state.destination === 'body' ? font?.encoding ?? this.#header.encoding : this.#header.encoding
    if (encoding === 'symbol') return this.#emit([...bytes].map(byte => symbol(font?.name ?? '', byte)).join(''))
    const text = decode(bytes, encoding)
    const holes = text.split('\uFFFD').length - 1
    if (holes > 0) this.#flow.repair('encoding', holes)
    this.#emit(text)
  }

  /** One UTF-16 unit, signed, and so many bytes for readers that know no Unicode. */
  #unicode(value: number): void {
    const unit = value < 0 ? value + 0x1_0000 : value
    this.#skip = this.#state.skip
    const isPrivate = unit >= 0xF000 && unit <= 0xF0FF
    this.#emit(isPrivate ? symbol(this.#header.font(this.#state.font)?.name ?? '', unit) : String.fromCharCode(unit & 0xFFFF))
  }

  #emit(text: string): void {
    const { destination } = this.#state
    if (destination === 'body') this.#write(text)
    else if (destination === 'title') this.title = (this.title + text).slice(0, MAX_TITLE)
    else if (destination === 'instruction') this.#instruction = (this.#instruction + text).slice(0, MAX_INSTRUCTION)
    else if (destination === 'fonts' || destination === 'colours' || destination === 'styles') this.#header.text(destination, text)
  }

  #write(text: string): void {
    if (!text) return
    this.#tables.goTo(this.#depth())
    const { deleted, hidden, size, colour, shaded, boxShaded } = this.#state
    if (deleted) {
      if (!this.#deleting) this.#flow.drop('tracked_deletion')
      this.#deleting = true
      return
    }
    this.#deleting = false
    if (hidden) this.#flow.hide('markup', text)
    else if (size <= TINY) this.#flow.hide('tiny', text)
    else if (this.#header.isWhite(colour) && !shaded && !boxShaded) this.#flow.hide('background_colour', text)
    else this.#flow.text(text)
  }

  /** A number in brackets, and behind the paragraph the note with the same. */
  #beginNote(): boolean {
    if (this.#state.destination !== 'body') return this.#become('skip')
    const mark = `[${++this.#notes}]`
    this.#write(mark)
    this.#beginAside()
    this.#flow.text(`${mark} `)
    return true
  }

  #beginAside(): boolean {
    if (this.#state.destination !== 'body') return this.#become('skip')
    this.#tables.goTo(this.#depth())
    const [tables, inRow, listed] = [this.#tables, this.#inRow, this.#listed]
    this.#flow.beginAside()
    this.#tables = new Tables(this.#flow)
    this.#inRow = false
    this.#listed = false
    Object.assign(this.#state, { inTable: false, boxShaded: true, style: 0, outline: null, list: false })
    this.#state.end = () => {
      this.#endParagraph()
      this.#tables.goTo(0)
      this.#flow.endAside();
      [this.#tables, this.#inRow, this.#listed] = [tables, inRow, listed]
    }
    return true
  }

  #beginMargin(): boolean {
    if (this.#state.destination !== 'body') return this.#become('skip')
    const [flow, tables, inRow, inMargin] = [this.#flow, this.#tables, this.#inRow, this.#inMargin]
    this.#flow = new Flow(this.#hiddenText)
    this.#tables = new Tables(this.#flow)
    this.#inRow = false
    this.#inMargin = true
    Object.assign(this.#state, { inTable: false, style: 0, outline: null, list: false })
    this.#state.end = () => {
      this.#endParagraph()
      this.#tables.goTo(0)
      this.margins.push(...this.#flow.finish().blocks);
      [this.#flow, this.#tables, this.#inRow, this.#inMargin] = [flow, tables, inRow, inMargin]
    }
    return true
  }
}
