import { ExtractFailure } from '../failures.ts'
import { Flow } from '../flow.ts'
import { propertyTitle } from '../ooxml.ts'
import { openPackage, type Package } from '../package.ts'
import type { RawBlock } from '../sections.ts'
import { walkXml } from '../xml-walk.ts'
import { readStyles, type OdfStyles } from './styles.ts'

/** What every OpenDocument file is made of (OASIS ODF 1.3 part 2). */
export interface OdfPackage {
  content: Buffer
  styles: OdfStyles
  /** The part that holds headers and footers beside the styles. */
  stylesPart: Buffer | null
  title: string | null
  /** Blocks of charts by the folder that they are in. */
  charts: ReadonlyMap<string, RawBlock[]>
}

/** Embedded objects of one document that are looked at. */
const MAX_OBJECTS = 200

/** @throws ExtractFailure `encrypted_file`, `damaged_file`, `too_large`, `too_complex` */
export async function openOdf(bytes: Buffer): Promise<OdfPackage> {
  const source = await openPackage(bytes)
  const manifest = await source.read('META-INF/manifest.xml')
  if (manifest && isEncrypted(manifest)) throw new ExtractFailure('encrypted_file')
  const content = await source.read('content.xml')
  if (!content) throw new ExtractFailure('damaged_file')
  const stylesPart = await source.read('styles.xml')
  const meta = await source.read('meta.xml')
  return { content, stylesPart, styles: readStyles([stylesPart, content]), title: meta && propertyTitle(meta), charts: await readCharts(source) }
}

function isEncrypted(manifest: Buffer): boolean {
  let encrypted = false
  walkXml(manifest, {
    enter(name) {
      if (name === 'encryption-data') encrypted = true
    },
  })
  return encrypted
}

async function readCharts(source: Package): Promise<Map<string, RawBlock[]>> {
  const charts = new Map<string, RawBlock[]>()
  for (const name of source.names) {
    const folder = /^([^/]+)\/content\.xml$/.exec(name)?.[1]
    if (!folder || charts.size >= MAX_OBJECTS) continue
    const bytes = await source.read(name)
    if (bytes) charts.set(folder, readChart(bytes))
  }
  return charts
}

/** A chart (ODF 1.3 part 3 §11): its titles as captions, its data as a table. Nothing of other objects. */
function readChart(bytes: Buffer): RawBlock[] {
  const flow = new Flow()
  let isChart = false
  let inTitle = false
  let inText = false
  walkXml(bytes, {
    enter(name) {
      switch (name) {
        case 'chart': isChart = true
          return
        case 'title': case 'subtitle': inTitle = true
          return () => {
            inTitle = false
          }
        case 'p': inText = isChart
          flow.beginParagraph({ kind: inTitle ? 'caption' : 'paragraph' })
          return () => {
            inText = false
            flow.endParagraph()
          }
        case 'table': flow.beginTable()
          return () => flow.endTable()
        case 'table-row': flow.beginRow()
          return () => flow.endRow()
        case 'table-cell': flow.beginCell()
          return () => flow.endCell()
      }
    },
    text(text) {
      if (inText) flow.text(text)
    },
  })
  return flow.finish().blocks
}
