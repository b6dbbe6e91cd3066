import { Flow } from '../flow.ts'
import type { HiddenText } from '../format.ts'
import { Alternatives, isOn, relationId } from '../ooxml.ts'
import type { RawBlock } from '../sections.ts'
import { isSymbolFont, symbol } from '../symbols.ts'
import { attribute, SKIP, walkXml, type End } from '../xml-walk.ts'
import type { Attributes } from '../xml.ts'
import { Fields } from './fields.ts'
import { hiddenReason, newParagraph, newRun, readParagraphProperty, readRunProperty, type HiddenReason, type Paragraph, type Run } from './formatting.ts'
import { isShade, paragraphStyle, type Styles } from './styles.ts'

/** What the document's other parts have to say at places in its text. */
export interface Surroundings {
  hiddenText: HiddenText
  styles: Styles
  /** Blocks of notes by kind and id: `footnote 2`. */
  notes: ReadonlyMap<string, RawBlock[]>
  /** Blocks of charts and diagrams by the id of their relation. */
  graphics: ReadonlyMap<string, RawBlock[]>
}

/** What earlier versions looked like, data that is no text, readings above Asian characters. */
const IGNORED = new Set(['rPrChange', 'pPrChange', 'tblPrChange', 'tblPrExChange', 'tcPrChange', 'trPrChange', 'sectPrChange', 'numberingChange', 'tabs', 'ffData', 'fldData', 'binData', 'rt', 'rubyPr'])

/** Reads one story: the body, a part of notes, or (`margin`) a header or footer, whose page numbers and dates are not text. */
export function readStory(bytes: Buffer, surroundings: Surroundings, { margin = false } = {}): Story {
  const story = new Story(surroundings, margin)
  walkXml(bytes, { enter: (name, attributes) => story.enter(name, attributes), text: text => story.text(text) })
  return story
}

export class Story {
  /** The text so far; within a part of notes that of the note at hand. */
  flow: Flow
  /** Blocks of each note of a part of notes, by kind and id. */
  readonly notes = new Map<string, RawBlock[]>()
  /** Ids of relations to the headers and footers that are shown. */
  readonly margins = new Set<string>()
  readonly #around: Surroundings
  readonly #fields: Fields
  readonly #numbers = new Map<string, number>()
  readonly #alternatives = new Alternatives()
  #paragraph: Paragraph
  #run: Run = newRun()
  #properties: 'paragraph' | 'mark' | 'run' | 'row' | 'other' = 'other'
  #inText = false
  /** What has a colour and lies behind the text at hand: there white letters can be read. */
  #shades = 0
  #rowDeleted = false
  #firstMargins: string[] = []
  /** Written before the next text of a formula. */
  #mathMark = ''

  constructor(around: Surroundings, margin: boolean) {
    this.#around = around
    this.flow = new Flow(around.hiddenText)
    this.#fields = new Fields(margin)
    this.#paragraph = newParagraph(around.styles.paragraph)
  }

  text(text: string): void {
    if (!this.#inText) return this.#fields.instruction(text)
    const { font } = this.#run
    this.#write(isSymbolFont(font) ? text.replace(/[\uF000-\uF0FF]/g, character => symbol(font, character.charCodeAt(0))) : text)
  }

  /** What to do at the end of the element. */
  enter(name: string, attributes: Attributes): End {
    if (IGNORED.has(name)) return SKIP
    switch (name) {
      case 'p': return this.#enterParagraph()
      case 'pPr': return this.#enterProperties('paragraph', () => this.flow.style(paragraphStyle(this.#paragraph.style, this.#paragraph)))
      case 'rPr': return this.#enterProperties(this.#properties === 'paragraph' ? 'mark' : 'run')
      case 'trPr': return this.#enterProperties('row')
      case 'r': return this.#enterRun()
      case 't': return this.#enterText()
      case 'tab': case 'ptab': return this.#write('\t')
      case 'br': case 'cr': return this.#break()
      case 'noBreakHyphen': return this.#write('-')
      case 'sym': return this.#write(symbol(attribute(attributes, 'font') ?? '', Number.parseInt(attribute(attributes, 'char') ?? '', 16) || 0x20))
      case 'tbl': return this.#enterShadeable(() => this.flow.beginTable(), () => this.flow.endTable())
      case 'tr': return this.#enterRow()
      case 'tc': return this.#enterShadeable(() => this.flow.beginCell(), () => this.flow.endCell())
      case 'tblStyle': return this.#shade(this.#around.styles.get(attribute(attributes, 'val')).shaded)
      case 'txbxContent': return this.#enterTextBox()
      case 'AlternateContent': case 'Choice': case 'Fallback': return this.#alternatives.enter(name)
      case 'del': case 'moveFrom': return this.#enterDeletion()
      case 'footnote': case 'endnote': return this.#enterNote(name, attributes)
      case 'footnoteReference': case 'endnoteReference': return this.#note(`${name.slice(0, -'Reference'.length)} ${attribute(attributes, 'id')}`)
      case 'commentReference': return this.#drop('comment')
      case 'object': case 'altChunk': return this.#leaveOut('attachment')
      case 'blip': case 'imagedata': return this.#drop('image')
      case 'chart': return this.#graphic(relationId(attributes))
      case 'relIds': return this.#graphic(relationId(attributes, 'dm'))
      case 'textpath': return this.#wordArt(attribute(attributes, 'string') ?? '')
      case 'fldChar': return this.#fields.mark(attribute(attributes, 'fldCharType') ?? '')
      case 'fldSimple': return this.#fields.isOfPage(attribute(attributes, 'instr') ?? '') ? SKIP : undefined
      case 'headerReference': case 'footerReference': return this.#margin(attributes)
      case 'titlePg': return this.#firstPage(isOn(attributes))
      case 'background': return this.#shade(!/^(?:auto|f{6})$/i.test(attribute(attributes, 'color') ?? 'auto'))
      // A picture may lie behind letters of any colour.
      case 'anchor': return this.#shade(attribute(attributes, 'behindDoc') === '1')
      case 'sup': return this.#enterMath('^')
      case 'sub': return this.#enterMath('_')
      case 'den': return this.#enterMath('/')
      default: return this.#property(name, attributes)
    }
  }

  #write(text: string): void {
    if (this.#fields.silent) return
    this.#alternatives.content++
    const hidden = this.#hiddenReason()
    if (hidden) return this.flow.hide(hidden, text)
    if (this.#mathMark && text.trim()) {
      this.flow.text(this.#mathMark)
      this.#mathMark = ''
    }
    this.flow.text(text)
  }

  #hiddenReason(): HiddenReason | null {
    return hiddenReason(this.#run, this.#paragraph, this.#shades > 0)
  }

  #break(): void {
    if (!this.#hiddenReason() && !this.#fields.silent) this.flow.break()
  }

  #drop(kind: string): void {
    this.#alternatives.content++
    this.flow.drop(kind)
  }

  #leaveOut(kind: string): typeof SKIP {
    this.#drop(kind)
    return SKIP
  }

  #enterParagraph(): End {
    const [paragraph, run] = [this.#paragraph, this.#run]
    this.#paragraph = newParagraph(this.#around.styles.paragraph)
    this.#run = newRun()
    this.flow.beginParagraph(paragraphStyle(this.#paragraph.style, this.#paragraph))
    return () => {
      this.#fields.endParagraph()
      this.flow.endParagraph({ joined: this.#paragraph.joined });
      [this.#paragraph, this.#run] = [paragraph, run]
    }
  }

  #enterProperties(of: 'paragraph' | 'mark' | 'run' | 'row', end?: () => void): End {
    const outer = this.#properties
    this.#properties = of
    return () => {
      this.#properties = outer
      end?.()
    }
  }

  #enterRun(): End {
    const outer = this.#run
    this.#run = newRun()
    return () => {
      this.#run = outer
    }
  }

  #enterText(): End {
    this.#inText = true
    return () => {
      this.#inText = false
    }
  }

  /** A colour that is named in it lies behind all of it, and behind nothing else. */
  #enterShadeable(begin: () => void, end: () => void): End {
    const shades = this.#shades
    begin()
    return () => {
      this.#shades = shades
      end()
    }
  }

  #enterRow(): End {
    const outer = this.#rowDeleted
    this.#rowDeleted = false
    this.flow.beginRow()
    return () => {
      if (this.#rowDeleted) this.flow.drop('tracked_deletion')
      this.flow.endRow({ dropped: this.#rowDeleted })
      this.#rowDeleted = outer
    }
  }

  /** Its colours are those of a drawing: who knows. */
  #enterTextBox(): End {
    return this.#enterShadeable(() => {
      this.flow.beginAside()
      this.#shade(true)
    }, () => this.flow.endAside())
  }

  #shade(shaded: boolean | undefined): void {
    if (shaded) this.#shades++
  }

  #enterDeletion(): End {
    if (this.#properties === 'mark') this.#paragraph.joined = true
    else if (this.#properties === 'row') this.#rowDeleted = true
    else if (this.#properties === 'other') this.flow.drop('tracked_deletion')
    return SKIP
  }

  #enterNote(kind: string, attributes: Attributes): End {
    if (/separator|notice/i.test(attribute(attributes, 'type') ?? '')) return SKIP
    this.flow = new Flow(this.#around.hiddenText)
    return () => {
      this.notes.set(`${kind} ${attribute(attributes, 'id')}`, this.flow.finish().blocks)
    }
  }

  /** A number in brackets, and behind the paragraph the note with the same. */
  #note(key: string): void {
    const [first, ...rest] = this.#around.notes.get(key) ?? []
    if (!first || this.#hiddenReason() || this.#fields.silent) return
    const known = this.#numbers.get(key)
    const mark = `[${known ?? this.#numbers.size + 1}]`
    this.#write(mark)
    if (known !== undefined) return
    this.#numbers.set(key, this.#numbers.size + 1)
    this.flow.aside([{ ...first, text: `${mark} ${first.text}` }, ...rest])
  }

  #graphic(id: string | undefined): void {
    const blocks = this.#around.graphics.get(id ?? '')
    if (!blocks) return
    this.#alternatives.content++
    this.flow.aside(blocks)
  }

  #wordArt(text: string): void {
    this.flow.beginAside()
    this.flow.beginParagraph()
    this.#write(text)
    this.flow.endAside()
  }

  #margin(attributes: Attributes): void {
    const id = relationId(attributes) ?? ''
    if (attribute(attributes, 'type') === 'first') this.#firstMargins.push(id)
    else this.margins.add(id)
  }

  /** Stands behind the references of its section; without it the first page has no margins of its own. */
  #firstPage(on: boolean): void {
    if (on) for (const id of this.#firstMargins) this.margins.add(id)
    this.#firstMargins = []
  }

  #enterMath(mark: string): End {
    this.#mathMark = mark
    return () => {
      this.#mathMark = ''
    }
  }

  #property(name: string, attributes: Attributes): void {
    if (this.#properties === 'run') readRunProperty(this.#run, name, attributes, this.#around.styles)
    else if (this.#properties === 'paragraph') readParagraphProperty(this.#paragraph, name, attributes, this.#around.styles)
    else if (name === 'shd') this.#shade(isShade(attributes))
  }
}
