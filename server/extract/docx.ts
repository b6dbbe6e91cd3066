import { zipSync, type Zippable } from 'fflate'
import mammoth from 'mammoth'
import { ExtractFailure } from './failures.ts'
import { cleanTitle, type FormatEvent, type Source } from './format.ts'
import { readHtml } from './html.ts'
import { normalise } from './normalise.ts'
import { openPackage } from './package.ts'
import { sections } from './sections.ts'

/** Elements of the XML; mammoth makes about 500 bytes of objects of each: 1.5 million paragraphs in 149 kB killed it. */
const MAX_ELEMENTS = 1_500_000
/** The parts that hold text or say where it is. Pictures, fonts, themes and macros are never unpacked. */
const WANTED = /^(?:\[Content_Types\]\.xml|_rels\/\.rels|docProps\/core\.xml|word\/(?:_rels\/)?[^/]+\.(?:xml|rels)|(?!word\/)[^/]+\/(?:_rels\/)?[^/]*(?:document|styles|numbering|notes|comments)[^/]*\.(?:xml|rels))$/i
const UNWANTED = /(?:theme|fontTable|webSettings|stylesWithEffects|vbaData|glossary)[^/]*\.xml$/i

/** Paragraph styles that mammoth leaves alone but readers see as headings. */
const STYLE_MAP = [
  'p[style-name=\'Title\'] => h1:fresh', 'p[style-name=\'Subtitle\'] => p:fresh', 'p[style-name=\'caption\'] => figcaption:fresh',
  'p[style-name=\'Caption\'] => figcaption:fresh',
  ...[1, 2, 3, 4, 5, 6].flatMap(level => [`p[style-name='heading ${level}'] => h${level}:fresh`, `p[style-name='Heading ${level}'] => h${level}:fresh`]),
  'comment-reference => ',
]

/** Word documents: the needed parts are unpacked within bounds, packed anew, turned to HTML by mammoth and read as HTML. */
export async function* extractDocx({ bytes }: Source): AsyncGenerator<FormatEvent> {
  const parts = await unpack(bytes)
  const html = await toHtml(parts)
  const { blocks } = readHtml(html)
  if (blocks.length === 0) throw new ExtractFailure('no_text')
  const heading = blocks.slice(0, 20).find(block => block.kind === 'heading')
  yield { type: 'document', pages: null, title: coreTitle(parts) ?? cleanTitle(heading?.text) }
  for (const page of sections(blocks)) yield { type: 'page', page }
}

async function unpack(bytes: Buffer): Promise<Map<string, Buffer>> {
  const source = await openPackage(bytes)
  const parts = new Map<string, Buffer>()
  let elements = 0
  for (const name of source.names) {
    if (!WANTED.test(name) || UNWANTED.test(name)) continue
    const part = (await source.read(name))!
    elements += countElements(part)
    if (elements > MAX_ELEMENTS) throw new ExtractFailure('too_complex')
    parts.set(name, part)
  }
  return parts
}

function countElements(part: Buffer): number {
  let count = 0
  for (let at = part.indexOf(0x3C); at >= 0; at = part.indexOf(0x3C, at + 1)) count++
  return count
}

async function toHtml(parts: Map<string, Buffer>): Promise<string> {
  const zip: Zippable = {}
  for (const [name, part] of parts) zip[name] = [part, { level: 0 }]
  try {
    const result = await mammoth.convertToHtml({ buffer: Buffer.from(zipSync(zip)) }, {
      styleMap: STYLE_MAP,
      externalFileAccess: false,
      convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: '' })),
    })
    return result.value
  }
  catch (cause) {
    if (cause instanceof RangeError) throw cause
    throw new ExtractFailure('damaged_file', { cause })
  }
}

/** The title in the document's properties (Dublin Core), unless it is one that programs make up. */
function coreTitle(parts: Map<string, Buffer>): string | null {
  const core = parts.get('docProps/core.xml')?.toString('utf8') ?? ''
  const title = /<dc:title[^>]*>([^<]{1,1000})<\/dc:title>/.exec(core)?.[1] ?? ''
  const text = normalise(title.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: '\'' })[name]!))
  return /^(?:untitled|document\s*\d*|microsoft word.*|normal)$/i.test(text) ? null : cleanTitle(text)
}
