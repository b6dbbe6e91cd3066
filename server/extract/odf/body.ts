import { Flow } from '../flow.ts'
import type { HiddenText } from '../format.ts'
import type { RawBlock } from '../sections.ts'
import { attribute, SKIP, type End } from '../xml-walk.ts'
import type { Attributes } from '../xml.ts'
import type { OdfStyle, OdfStyles } from './styles.ts'

export interface OdfSurroundings {
  styles: OdfStyles
  hiddenText: HiddenText
  charts: ReadonlyMap<string, RawBlock[]>
  /** A header or footer, whose page numbers and dates are not text. */
  margin?: boolean
}

/** Deleted text, settings, names and readings above Asian characters. */
const IGNORED = new Set([
  'tracked-changes', 'forms', 'scripts', 'event-listeners', 'sequence-decls', 'variable-decls', 'user-field-decls', 'dde-connection-decls', 'automatic-styles',
  'styles', 'font-face-decls', 'note-citation', 'ruby-text', 'binary-data', 'table-of-content-source', 'alphabetical-index-source', 'user-index-source',
  'illustration-index-source', 'table-index-source', 'object-index-source', 'bibliography-source', 'header-decl', 'footer-decl', 'date-time-decl', 'enhanced-geometry',
])
/** Shapes that hold paragraphs of their own, and what holds a text box. */
export const SHAPES: ReadonlySet<string> = new Set(['frame', 'custom-shape', 'rect', 'line', 'polyline', 'polygon', 'regular-polygon', 'path', 'circle', 'ellipse', 'connector', 'measure', 'caption'])
const FIELDS_OF_PAGES = /^(?:page-number|page-count|date|time|creation-date|modification-date|print-date|file-name|slide-number|page-continuation)$/
/** Points below which nobody reads. */
const TINY = 1.5
/** Spaces, and repeated cells, that one element may stand for. */
const MAX_SPACES = 100

type HiddenReason = 'markup' | 'background_colour' | 'tiny'

/** Follows the elements of OpenDocument text (ODF 1.3 part 3 §5–§10) and writes them into `flow`. */
export class OdfReader {
  flow: Flow
  readonly #around: OdfSurroundings
  /** Styles of the paragraph at hand and of the spans that are open in it; null outside of paragraphs. */
  #looks: OdfStyle[] | null = null
  #listDepth = 0
  #shades = 0
  #hiddenSections = 0
  #notes = 0
  /** The number of a note, until its text comes. */
  #noteMark = ''
  #inDrawing = false

  constructor(around: OdfSurroundings) {
    this.#around = around
    this.flow = new Flow(around.hiddenText)
  }

  text(text: string): void {
    if (!this.#looks || !text) return
    const hidden = this.#hiddenReason(this.#looks)
    if (hidden) return this.flow.hide(hidden, text)
    if (this.#noteMark && text.trim()) {
      this.flow.text(this.#noteMark)
      this.#noteMark = ''
    }
    this.flow.text(text)
  }

  #hiddenReason(looks: readonly OdfStyle[]): HiddenReason | null {
    const last = <K extends keyof OdfStyle>(name: K) => looks.findLast(look => look[name] !== undefined)?.[name]
    if (this.#hiddenSections > 0 || last('hidden')) return 'markup'
    if ((last('size') ?? Infinity) <= TINY) return 'tiny'
    return last('white') && this.#shades === 0 && !looks.some(look => look.shaded) ? 'background_colour' : null
  }

  /** What to do at the end of the element. */
  enter(name: string, attributes: Attributes): End {
    if (IGNORED.has(name) || (this.#around.margin && FIELDS_OF_PAGES.test(name))) return SKIP
    // Names and descriptions of a drawing are not shown; in a paragraph a `title` is the document's, which is.
    if (this.#inDrawing && (name === 'title' || name === 'desc')) return SKIP
    if (SHAPES.has(name)) return this.#enterShape()
    switch (name) {
      case 'h': return this.#enterParagraph(attributes, { kind: 'heading', level: Math.max(1, Number(attribute(attributes, 'outline-level')) || 1) })
      case 'p': return this.#enterParagraph(attributes, this.#around.styles.kind(attribute(attributes, 'style-name')))
      case 'span': return this.#enterSpan(attributes)
      case 's': return this.text(' '.repeat(Math.min(MAX_SPACES, Math.max(1, Number(attribute(attributes, 'c')) || 1))))
      case 'tab': return this.text('\t')
      case 'line-break': return this.#looks ? this.flow.break() : undefined
      case 'list': return this.#enterList()
      case 'table': return this.#enterTable(attributes)
      case 'table-row': return this.#enterShadeable('table-row', attributes, () => this.flow.beginRow(), () => this.flow.endRow())
      case 'table-cell': return this.#enterCell(attributes)
      case 'covered-table-cell': return this.#coveredCell(attributes)
      case 'text-box': return this.#enterTextBox()
      case 'note': return this.#enterNote()
      case 'note-body': return this.#enterTextBox()
      case 'annotation': return this.#leaveOut('comment')
      case 'object-ole': case 'plugin': case 'applet': return this.#leaveOut('attachment')
      case 'image': return this.#leaveOut('image')
      case 'object': return this.#chart(attribute(attributes, 'href') ?? '')
      case 'section': return this.#enterSection(attributes)
      case 'hidden-text': return this.#hiddenField(attributes)
      case 'hidden-paragraph': return this.#hideParagraph(attribute(attributes, 'is-hidden') === 'true')
      case 'variable-set': case 'user-field-get': case 'sequence': return attribute(attributes, 'display') === 'none' ? SKIP : undefined
    }
  }

  #enterParagraph(attributes: Attributes, { kind, level }: Pick<RawBlock, 'kind' | 'level'>): End {
    const [looks, inDrawing] = [this.#looks, this.#inDrawing]
    const listed = kind === 'paragraph' && this.#listDepth > 0
    this.#looks = [this.#around.styles.get('paragraph', attribute(attributes, 'style-name'))]
    this.#inDrawing = false
    this.flow.beginParagraph(listed ? { kind: 'list_item', level: this.#listDepth } : level === undefined ? { kind } : { kind, level })
    return () => {
      this.flow.endParagraph();
      [this.#looks, this.#inDrawing] = [looks, inDrawing]
    }
  }

  #enterSpan(attributes: Attributes): End {
    const looks = this.#looks
    if (!looks) return undefined
    looks.push(this.#around.styles.get('text', attribute(attributes, 'style-name')))
    return () => void looks.pop()
  }

  #enterList(): End {
    this.#listDepth++
    return () => {
      this.#listDepth--
    }
  }

  #enterTable(attributes: Attributes): End {
    return this.#enterShadeable('table', attributes, () => this.flow.beginTable(), () => this.flow.endTable())
  }

  /** A cell may stand for several; what that adds is bounded by the flow. */
  #enterCell(attributes: Attributes): End {
    const depth = this.#listDepth
    this.#listDepth = 0
    const times = Number(attribute(attributes, 'number-columns-repeated')) || 1
    return this.#enterShadeable('table-cell', attributes, () => this.flow.beginCell(), () => {
      this.flow.endCell(times)
      this.#listDepth = depth
    })
  }

  /** Whatever it holds lies under another cell. */
  #coveredCell(attributes: Attributes): End {
    this.flow.beginCell()
    this.flow.endCell(Number(attribute(attributes, 'number-columns-repeated')) || 1)
    return SKIP
  }

  #enterShadeable(family: string, attributes: Attributes, begin: () => void, end: () => void): End {
    const [shades, looks] = [this.#shades, this.#looks]
    if (this.#around.styles.get(family, attribute(attributes, 'style-name')).shaded) this.#shades++
    this.#looks = null
    begin()
    return () => {
      end();
      [this.#shades, this.#looks] = [shades, looks]
    }
  }

  #enterShape(): End {
    const inDrawing = this.#inDrawing
    this.#inDrawing = true
    const end = this.#enterTextBox()
    return () => {
      end()
      this.#inDrawing = inDrawing
    }
  }

  /** What it holds stands behind the paragraph at hand. Its colours are those of a drawing: who knows. */
  #enterTextBox(): () => void {
    const [looks, depth, shades] = [this.#looks, this.#listDepth, this.#shades]
    this.#looks = null
    this.#listDepth = 0
    this.#shades++
    this.flow.beginAside()
    return () => {
      this.flow.endAside();
      [this.#looks, this.#listDepth, this.#shades] = [looks, depth, shades]
    }
  }

  /** A number in brackets, and behind the paragraph the note with the same. */
  #enterNote(): End {
    const mark = `[${++this.#notes}]`
    this.text(mark)
    this.#noteMark = `${mark} `
    return () => {
      this.#noteMark = ''
    }
  }

  #leaveOut(kind: string): typeof SKIP {
    this.flow.drop(kind)
    return SKIP
  }

  #chart(href: string): End {
    const blocks = this.#around.charts.get(href.replace(/^\.\//, ''))
    if (blocks) this.flow.aside(blocks)
    return SKIP
  }

  #enterSection(attributes: Attributes): End {
    const hidden = attribute(attributes, 'display') === 'none' || attribute(attributes, 'is-hidden') === 'true'
    if (!hidden) return undefined
    this.#hiddenSections++
    return () => {
      this.#hiddenSections--
    }
  }

  #hiddenField(attributes: Attributes): End {
    if (attribute(attributes, 'is-hidden') !== 'true') return undefined
    this.flow.hide('markup', attribute(attributes, 'string-value') ?? '')
    return SKIP
  }

  /** A field that hides the paragraph it stands in. */
  #hideParagraph(hidden: boolean): typeof SKIP {
    if (hidden && this.#looks) {
      this.flow.hideParagraph('markup')
      this.#looks.push({ parent: null, hidden: true })
    }
    return SKIP
  }
}
