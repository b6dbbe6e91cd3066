import { readGraphics } from './drawingml.ts'
import { ExtractFailure } from './failures.ts'
import { cleanTitle, type FormatEvent, type HiddenText, type Source } from './format.ts'
import { coreTitle, mainPart, officePackage, relationId, type OfficePackage, type Relation } from './ooxml.ts'
import { openPackage } from './package.ts'
import { isListed, modelOf, type SlideShape } from './pptx/layout.ts'
import { readSlide } from './pptx/slide.ts'
import type { RawBlock } from './sections.ts'
import { pageTitle, slidePage, type Slide } from './slides.ts'
import { walkXml } from './xml-walk.ts'

/** Slides are read one after another, so that never all of this is in memory. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024
/** Where the file does not say: 10 by 7.5 inches. */
const DEFAULT_SIZE = { width: 9_144_000, height: 6_858_000 }

/**
 * Presentations (ISO/IEC 29500-1 §13): a page for each slide in the order of showing, so that their numbers agree; its
 * title as heading, its shapes in reading order, and the speaker's notes under a heading of their own. Hidden slides and
 * shapes are reported and not read; footers, dates and numbers are dropped.
 */
export async function* extractPptx({ bytes, pageLimit, hiddenText }: Source): AsyncGenerator<FormatEvent> {
  const source = officePackage(await openPackage(bytes, { maxBytes: MAX_UNPACKED_BYTES }))
  const main = await mainPart(source, /^ppt\/presentation\.xml$/i)
  const presentation = main && await source.read(main)
  if (!presentation) throw new ExtractFailure('damaged_file')
  const { slides, size } = readPresentation(presentation)
  if (slides.length > pageLimit) throw new ExtractFailure('too_many_pages')
  const relations = await source.relations(main)
  const reader = new PresentationReader(source, hiddenText)
  let title = await coreTitle(source)
  let found = false
  for (const [index, id] of slides.entries()) {
    const page = slidePage(index + 1, await reader.slide(relations.get(id)?.target), size, hiddenText)
    if (index === 0) {
      title ??= cleanTitle(pageTitle(page))
      yield { type: 'document', pages: slides.length, title }
    }
    found ||= page.text !== ''
    yield { type: 'page', page }
  }
  if (!found) throw new ExtractFailure('no_text')
}

function readPresentation(bytes: Buffer): { slides: string[], size: typeof DEFAULT_SIZE } {
  const slides: string[] = []
  let size = DEFAULT_SIZE
  walkXml(bytes, {
    enter(name, attributes) {
      const id = name === 'sldId' ? relationId(attributes) : undefined
      if (id) slides.push(id)
      else if (name === 'sldSz' && Number(attributes.cx) > 0 && Number(attributes.cy) > 0) size = { width: Number(attributes.cx), height: Number(attributes.cy) }
    },
  })
  return { slides, size }
}

interface Layout { shapes: SlideShape[], plainLevels: ReadonlySet<number> }

class PresentationReader {
  readonly #source: OfficePackage
  readonly #hiddenText: HiddenText
  readonly #layouts = new Map<string, Layout>()

  constructor(source: OfficePackage, hiddenText: HiddenText) {
    this.#source = source
    this.#hiddenText = hiddenText
  }

  /** One slide; nothing where its part is missing, so that the others keep their numbers. */
  async slide(part: string | undefined): Promise<Slide> {
    const bytes = part ? await this.#source.read(part) : null
    if (!part || !bytes) return { shapes: [], hidden: false, spoken: [], comments: 0 }
    const relations = await this.#source.relations(part)
    const layout = await this.#layout(targetOf(relations, 'slideLayout'))
    const graphics = await readGraphics(this.#source, relations)
    const isList = (shape: SlideShape, level: number) => isListed(shape, level, layout.shapes, layout.plainLevels)
    const { shapes, hidden } = readSlide(bytes, { hiddenText: this.#hiddenText, graphics, isList })
    for (const shape of shapes) shape.box ??= modelOf(shape, layout.shapes)?.box ?? null
    return { shapes, hidden, spoken: await this.#speakerNotes(targetOf(relations, 'notesSlide')), comments: await this.#comments(relations) }
  }

  async #layout(part: string | undefined): Promise<Layout> {
    const known = this.#layouts.get(part ?? '')
    if (known) return known
    const bytes = part ? await this.#source.read(part) : null
    let layout: Layout = { shapes: [], plainLevels: new Set() }
    if (part && bytes) {
      const { shapes } = readSlide(bytes, { hiddenText: 'exclude' })
      const master = targetOf(await this.#source.relations(part), 'slideMaster')
      const masterBytes = master && await this.#source.read(master)
      const above = masterBytes ? readSlide(masterBytes, { hiddenText: 'exclude' }) : { shapes: [], plainLevels: new Set<number>() }
      for (const shape of shapes) shape.box ??= modelOf(shape, above.shapes)?.box ?? null
      layout = { shapes, plainLevels: above.plainLevels }
    }
    this.#layouts.set(part ?? '', layout)
    return layout
  }

  async #speakerNotes(part: string | undefined): Promise<RawBlock[]> {
    const bytes = part ? await this.#source.read(part) : null
    if (!bytes) return []
    return readSlide(bytes, { hiddenText: this.#hiddenText }).shapes.filter(({ placeholder }) => placeholder?.type === 'body').flatMap(({ blocks }) => blocks)
  }

  async #comments(relations: ReadonlyMap<string, Relation>): Promise<number> {
    let comments = 0
    for (const { type, target } of relations.values()) {
      const bytes = type === 'comments' ? await this.#source.read(target) : null
      if (bytes) walkXml(bytes, { enter: name => void (comments += name === 'cm' ? 1 : 0) })
    }
    return comments
  }
}

function targetOf(relations: ReadonlyMap<string, Relation>, type: string): string | undefined {
  return [...relations.values()].find(relation => relation.type === type)?.target
}
