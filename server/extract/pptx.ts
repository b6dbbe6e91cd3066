import { readGraphics } from './drawingml.ts'
import { ExtractFailure } from './failures.ts'
import { cleanTitle, type FormatEvent, type HiddenText, type Source } from './format.ts'
import { addNotes, count, hide, noNotes, type Notes } from './notes.ts'
import { coreTitle, mainPart, officePackage, relationId, type OfficePackage, type Relation } from './ooxml.ts'
import { openPackage } from './package.ts'
import { inReadingOrder, isListed, isMargin, isOffSlide, isTitle, modelOf, type Shape } from './pptx/shapes.ts'
import { readSlide, type SlideContent } from './pptx/slide.ts'
import { composePage, type RawBlock } from './sections.ts'
import type { ExtractedPage } from './types.ts'
import { walkXml } from './xml-walk.ts'

/** Slides are read one after another, so that never all of this is in memory. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024
/** Characters of one slide; a page goes to the parent as one line. */
const MAX_SLIDE_CHARS = 1_000_000
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
  const reader = new PresentationReader(source, size, hiddenText)
  let title = await coreTitle(source)
  let found = false
  for (const [index, id] of slides.entries()) {
    const page = await reader.page(index + 1, relations.get(id)?.target)
    if (index === 0) {
      title ??= cleanTitle(page.blocks[0]?.kind === 'heading' ? page.text.slice(page.blocks[0].start, page.blocks[0].end) : null)
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

interface Layout { shapes: Shape[], plainLevels: ReadonlySet<number> }

class PresentationReader {
  readonly #source: OfficePackage
  readonly #size: typeof DEFAULT_SIZE
  readonly #hiddenText: HiddenText
  readonly #layouts = new Map<string, Layout>()

  constructor(source: OfficePackage, size: typeof DEFAULT_SIZE, hiddenText: HiddenText) {
    this.#source = source
    this.#size = size
    this.#hiddenText = hiddenText
  }

  /** One slide; a page without text where its part is missing. */
  async page(number: number, part: string | undefined): Promise<ExtractedPage> {
    const bytes = part ? await this.#source.read(part) : null
    const notes = noNotes()
    const blocks = part && bytes ? await this.#blocks(part, bytes, notes) : []
    if (blocks.reduce((sum, block) => sum + block.text.length, 0) > MAX_SLIDE_CHARS) throw new ExtractFailure('too_large')
    return composePage(number, blocks, blocks.length > 0 ? [] : ['empty'], notes)
  }

  async #blocks(part: string, bytes: Buffer, notes: Notes): Promise<RawBlock[]> {
    const relations = await this.#source.relations(part)
    const layout = await this.#layout(targetOf(relations, 'slideLayout'))
    const graphics = await readGraphics(this.#source, relations)
    const isList = (shape: Shape, level: number) => isListed(shape, level, layout.shapes, layout.plainLevels)
    const slide = readSlide(bytes, { hiddenText: this.#hiddenText, graphics, isList })
    const blocks = this.#shown(slide, layout, notes)
    const spoken = await this.#speakerNotes(targetOf(relations, 'notesSlide'))
    if (spoken.length > 0) blocks.push({ kind: 'heading', level: 2, text: 'Notes' }, ...spoken)
    count(notes.dropped, 'comment', await this.#comments(relations))
    return slide.hidden ? this.#hide(blocks, 'markup', notes) : blocks
  }

  #shown({ shapes }: SlideContent, layout: Layout, notes: Notes): RawBlock[] {
    for (const shape of shapes) shape.box ??= modelOf(shape, layout.shapes)?.box ?? null
    const blocks: RawBlock[] = []
    for (const shape of inReadingOrder(shapes, this.#size.height)) {
      addNotes(notes, shape.notes)
      if (isMargin(shape)) {
        if (shape.blocks.length > 0) count(notes.dropped, 'header_footer')
      }
      else if (shape.hidden || isOffSlide(shape, this.#size)) {
        blocks.push(...this.#hide(shape.blocks, shape.hidden ? 'markup' : 'off_page', notes))
      }
      else {
        blocks.push(...isTitle(shape) ? titleOf(shape) : shape.blocks)
      }
    }
    return blocks
  }

  /** Reports the blocks; what is left of them. */
  #hide(blocks: RawBlock[], reason: 'markup' | 'off_page', notes: Notes): RawBlock[] {
    hide(notes, reason, blocks.map(block => block.text).join('\n'))
    if (this.#hiddenText === 'include') return blocks
    for (const block of blocks) if (block.notes) addNotes(notes, block.notes)
    return []
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

  /** What is written under the slide for whoever presents it. */
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

/** A title of several lines is one heading. */
function titleOf({ blocks }: Shape): RawBlock[] {
  const [first] = blocks
  if (!first) return []
  const notes = noNotes()
  for (const block of blocks) if (block.notes) addNotes(notes, block.notes)
  return [{ kind: 'heading', level: 1, text: blocks.map(block => block.text).join(' '), notes }]
}
