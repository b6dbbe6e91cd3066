import { readStory, type Surroundings } from './docx/body.ts'
import { readStyles } from './docx/styles.ts'
import { readGraphics } from './drawingml.ts'
import { ExtractFailure } from './failures.ts'
import type { FormatEvent, Source } from './format.ts'
import { withMargins } from './margins.ts'
import { coreTitle, mainPart, officePackage, type OfficePackage, type Relation } from './ooxml.ts'
import { openPackage } from './package.ts'
import { sections, titleOf, type RawBlock } from './sections.ts'

/** Parts of headers and footers: a document of a hundred sections may have six for each. */
const MAX_MARGINS = 60

/**
 * Word documents (ISO/IEC 29500-1 §11): body, text boxes, notes, charts and diagrams, as the document stands now.
 * Tracked deletions, comments and hidden text are left out and reported; headers and footers are kept once where they
 * say what the body does not.
 */
export async function* extractDocx({ bytes, hiddenText }: Source): AsyncGenerator<FormatEvent> {
  const source = officePackage(await openPackage(bytes))
  const main = await mainPart(source, /^word\/[^/]*document[^/]*\.xml$/i)
  const body = main && await source.read(main)
  if (!body) throw new ExtractFailure('damaged_file')
  const relations = await source.relations(main)
  const parts = [...relations.values()]
  const styles = readStyles(await partOf(source, parts, 'styles'))
  const graphics = await readGraphics(source, relations)
  const plain: Surroundings = { styles, hiddenText, graphics: new Map(), notes: new Map() }
  const story = readStory(body, { ...plain, graphics, notes: await readNotes(source, parts, plain) })
  const text = story.flow.finish().blocks
  const blocks = withMargins(text, await readMargins(source, relations, story.margins, plain))
  if (blocks.length === 0) throw new ExtractFailure('no_text')
  yield { type: 'document', pages: null, title: await coreTitle(source) ?? titleOf(text) }
  for (const page of sections(blocks)) yield { type: 'page', page }
}

async function partOf(source: OfficePackage, parts: Relation[], type: string): Promise<Buffer | null> {
  const target = parts.find(part => part.type === type)?.target
  return target ? await source.read(target) : null
}

async function readNotes(source: OfficePackage, parts: Relation[], surroundings: Surroundings): Promise<Surroundings['notes']> {
  const notes = new Map<string, RawBlock[]>()
  for (const type of ['footnotes', 'endnotes']) {
    const bytes = await partOf(source, parts, type)
    if (bytes) for (const [key, blocks] of readStory(bytes, surroundings).notes) notes.set(key, blocks)
  }
  return notes
}

/** Blocks of the headers and footers that the document's sections show. */
async function readMargins(source: OfficePackage, relations: ReadonlyMap<string, Relation>, ids: ReadonlySet<string>, surroundings: Surroundings): Promise<RawBlock[]> {
  const targets = new Set([...ids].map(id => relations.get(id)?.target).filter(target => target !== undefined))
  const blocks: RawBlock[] = []
  for (const target of [...targets].slice(0, MAX_MARGINS)) {
    const bytes = await source.read(target)
    if (bytes) blocks.push(...readStory(bytes, surroundings, { margin: true }).flow.finish().blocks)
  }
  return blocks
}
