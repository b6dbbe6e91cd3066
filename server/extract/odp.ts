import { ExtractFailure } from './failures.ts'
import { Flow } from './flow.ts'
import { cleanTitle, type FormatEvent, type HiddenText, type Source } from './format.ts'
import { OdfReader, SHAPES, type OdfSurroundings } from './odf/body.ts'
import { openOdf } from './odf/package.ts'
import { points, type OdfStyles } from './odf/styles.ts'
import { pageTitle, slidePage, type Box, type Shape, type Slide } from './slides.ts'
import { attribute, SKIP, walkXml, type End } from './xml-walk.ts'
import type { Attributes } from './xml.ts'

/** Where the file does not say: 28 by 21 cm, in points. */
const DEFAULT_SIZE = { width: 794, height: 595 }

/**
 * OpenDocument presentations (OASIS ODF 1.3 part 3 §10): a page for each slide in the order of showing, with its title, shapes
 * and notes as in those of PowerPoint.
 */
export async function* extractOdp({ bytes, pageLimit, hiddenText }: Source): AsyncGenerator<FormatEvent> {
  const { content, styles, title, charts } = await openOdf(bytes)
  const reader = new SlidesReader({ styles, charts, hiddenText }, pageLimit)
  walkXml(content, { enter: (name, attributes) => reader.enter(name, attributes), text: text => reader.text(text) })
  const size = styles.pageSize(reader.master) ?? DEFAULT_SIZE
  const pages = reader.slides.map((slide, index) => slidePage(index + 1, slide, size, hiddenText))
  if (!pages.some(page => page.text)) throw new ExtractFailure('no_text')
  yield { type: 'document', pages: pages.length, title: title ?? cleanTitle(pageTitle(pages[0]!)) }
  for (const page of pages) yield { type: 'page', page }
}

class SlidesReader {
  readonly slides: Slide[] = []
  /** Master of the first slide. */
  master: string | undefined
  readonly #styles: OdfStyles
  readonly #hiddenText: HiddenText
  readonly #pageLimit: number
  readonly #reader: OdfReader
  #slide: Slide | null = null
  #inShape = false
  #inNotes = false

  constructor(around: OdfSurroundings, pageLimit: number) {
    this.#styles = around.styles
    this.#hiddenText = around.hiddenText
    this.#pageLimit = pageLimit
    this.#reader = new OdfReader(around)
  }

  text(text: string): void {
    if (this.#inShape) this.#reader.text(text)
  }

  enter(name: string, attributes: Attributes): End {
    if (this.#inShape) return this.#reader.enter(name, attributes)
    if (name === 'page') return this.#enterSlide(attributes)
    if (!this.#slide) return name === 'master-styles' || name === 'automatic-styles' ? SKIP : undefined
    if (name === 'notes') return this.#enterNotes()
    if (name === 'annotation') return this.#comment()
    return SHAPES.has(name) ? this.#enterShape(name, attributes, this.#slide) : undefined
  }

  #enterSlide(attributes: Attributes): End {
    if (this.slides.length >= this.#pageLimit) throw new ExtractFailure('too_many_pages')
    this.master ??= attribute(attributes, 'master-page-name')
    const hidden = this.#styles.get('drawing-page', attributes['draw:style-name'] ?? attribute(attributes, 'style-name')).hidden ?? false
    this.#slide = { shapes: [], hidden, spoken: [], comments: 0 }
    this.slides.push(this.#slide)
    return () => {
      this.#slide = null
    }
  }

  #enterNotes(): End {
    this.#inNotes = true
    return () => {
      this.#inNotes = false
    }
  }

  #comment(): End {
    if (this.#slide) this.#slide.comments++
    return SKIP
  }

  #enterShape(name: string, attributes: Attributes, slide: Slide): End {
    const kind = attribute(attributes, 'class') ?? ''
    // A placeholder that nobody has filled in asks to be clicked.
    if (attribute(attributes, 'placeholder') === 'true') return SKIP
    this.#reader.flow = new Flow(this.#hiddenText)
    this.#inShape = true
    const end = this.#reader.enter(name, attributes)
    return () => {
      if (typeof end === 'function') end()
      this.#inShape = false
      const { blocks, notes } = this.#reader.flow.finish()
      if (this.#inNotes) slide.spoken.push(...kind === 'notes' ? blocks : [])
      else slide.shapes.push({ role: roleOf(kind), box: boxOf(attributes), rotated: attribute(attributes, 'transform') !== undefined, hidden: isHidden(attributes), blocks, notes })
    }
  }
}

function roleOf(kind: string): Shape['role'] {
  if (kind === 'title') return 'title'
  return /^(?:header|footer|date-time|page-number)$/.test(kind) ? 'margin' : 'text'
}

function isHidden(attributes: Attributes): boolean {
  return attribute(attributes, 'display') === 'none' || attribute(attributes, 'visible') === 'false'
}

/** A turned shape has its place in a transformation, of which only the shift is of use. */
function boxOf(attributes: Attributes): Box | null {
  const [, left, top] = /translate\s*\(\s*(\S+)\s+([^)\s]+)/.exec(attribute(attributes, 'transform') ?? '') ?? []
  const x = points(attribute(attributes, 'x') ?? left)
  const y = points(attribute(attributes, 'y') ?? top)
  if (x === null || y === null) return null
  return { x, y, width: points(attribute(attributes, 'width')) ?? 0, height: points(attribute(attributes, 'height')) ?? 0 }
}
