import { decodeAll, detectEncoding } from './encoding.ts'
import { readContents, type ContentsEntry } from './epub/contents.ts'
import { readPublication } from './epub/publication.ts'
import { ExtractFailure } from './failures.ts'
import { cleanTitle, type FormatEvent, type HiddenText, type Source } from './format.ts'
import { declaredEncoding, readHtml } from './html.ts'
import { addNotes, isEmpty, noNotes } from './notes.ts'
import { openPackage } from './package.ts'
import { sections, type RawBlock } from './sections.ts'

/** Entries of a table of contents that are deeper than this name sections and not chapters. */
const CHAPTER_DEPTH = 2
/** How far from its start a chapter may have its own heading. */
const HEADING_WITHIN = 4

/** A run of blocks that stands under one name. */
interface Chapter { label: string | null, blocks: RawBlock[] }

/**
 * EPUB books: the parts of the spine in reading order. Each chapter of the table of contents begins a page, which has
 * its name, and where the text has no heading of its own the name becomes one.
 */
export async function* extractEpub({ bytes, hiddenText }: Source): AsyncGenerator<FormatEvent> {
  const book = await openPackage(bytes)
  const { title, spine, contents } = await readPublication(book)
  const list = contents && await book.read(contents.path)
  const entries = Map.groupBy(list ? readContents(list, contents) : [], entry => entry.path)
  yield { type: 'document', pages: null, title: cleanTitle(title) }

  let number = 1
  let label: string | null = null
  let left = noNotes()
  for (const path of spine) {
    const part = await book.read(path)
    if (!part) continue
    for (const chapter of chaptersOf(part, entries.get(path) ?? [], hiddenText)) {
      label = chapter.label ?? label
      const first = chapter.blocks[0]
      if (!first) continue
      // A part of pictures alone has no page to be counted on.
      if (!isEmpty(left)) addNotes(first.notes ??= noNotes(), left)
      left = noNotes()
      for (const page of sections(chapter.blocks, { first: number, label })) {
        number++
        yield { type: 'page', page }
      }
    }
  }
  if (number === 1) throw new ExtractFailure('no_text')
}

function chaptersOf(part: Buffer, entries: ContentsEntry[], hiddenText: HiddenText): Chapter[] {
  const html = decodeAll(part, detectEncoding(part, declaredEncoding(part)))
  const { blocks, marks } = readHtml(html, { xhtml: true, hiddenText, marks: new Set(entries.flatMap(({ fragment }) => fragment ?? [])) })
  // A reference to a place that is not there is of use only where it is the first: the chapter begins with its part.
  const placed = entries.map((entry, index) => ({ ...entry, at: entry.fragment === null ? 0 : marks.get(entry.fragment) ?? (index === 0 ? 0 : Infinity) }))
    .filter(({ at }) => at < blocks.length).sort((a, b) => a.at - b.at)

  const chapters: Chapter[] = [{ label: null, blocks: [] }]
  let from = 0
  let begun = 0
  const takeTo = (end: number) => {
    chapters.at(-1)!.blocks.push(...blocks.slice(from, end))
    from = end
  }
  for (const entry of placed) {
    takeTo(entry.at)
    if (entry.depth <= CHAPTER_DEPTH) {
      if (entry.at > begun) chapters.push({ label: entry.label, blocks: [] })
      // Of a part and its first chapter that begin together the page has the chapter's name.
      else chapters.at(-1)!.label = entry.label
      begun = entry.at
    }
    const heading = headingFor(entry, blocks.slice(entry.at, entry.at + HEADING_WITHIN))
    if (heading === 'first') blocks[entry.at] = { ...blocks[entry.at]!, kind: 'heading', level: entry.depth }
    else if (heading === 'none') chapters.at(-1)!.blocks.push({ kind: 'heading', level: entry.depth, text: entry.label })
  }
  takeTo(blocks.length)
  return chapters
}

/** Where the text says a chapter's name itself: in a heading, in its first block, or not at all. */
function headingFor({ label }: ContentsEntry, blocks: RawBlock[]): 'heading' | 'first' | 'none' {
  if (blocks[0]?.kind === 'heading') return 'heading'
  const name = plain(label)
  const isNamed = ({ text }: RawBlock) => plain(text) !== '' && (name.includes(plain(text)) || plain(text).includes(name))
  if (blocks.some(block => block.kind === 'heading' && isNamed(block))) return 'heading'
  return blocks[0] && plain(blocks[0].text) === name ? 'first' : 'none'
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '')
}
