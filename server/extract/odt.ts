import { ExtractFailure } from './failures.ts'
import type { FormatEvent, Source } from './format.ts'
import { withMargins } from './margins.ts'
import { OdfReader, type OdfSurroundings } from './odf/body.ts'
import { openOdf } from './odf/package.ts'
import { sections, titleOf, type RawBlock } from './sections.ts'
import { attribute, SKIP, walkXml } from './xml-walk.ts'

/**
 * OpenDocument text (OASIS ODF 1.3): body, text boxes, notes and charts, as the document stands now. Tracked deletions and
 * comments are left out, hidden text is reported; headers and footers are kept once where they say what the body does not.
 */
export async function* extractOdt({ bytes, hiddenText }: Source): AsyncGenerator<FormatEvent> {
  const { content, styles, stylesPart, title, charts } = await openOdf(bytes)
  const around: OdfSurroundings = { styles, charts, hiddenText }
  const reader = new OdfReader(around)
  walkXml(content, { enter: (name, attributes) => reader.enter(name, attributes), text: text => reader.text(text) })
  const text = reader.flow.finish().blocks
  const blocks = withMargins(text, stylesPart ? readMargins(stylesPart, around) : [])
  if (blocks.length === 0) throw new ExtractFailure('no_text')
  yield { type: 'document', pages: null, title: title ?? titleOf(text) }
  for (const page of sections(blocks)) yield { type: 'page', page }
}

/** Headers and footers stand in the part of the styles, inside the master pages (§16.10). */
function readMargins(stylesPart: Buffer, around: OdfSurroundings): RawBlock[] {
  const reader = new OdfReader({ ...around, margin: true })
  let inMargin = false
  walkXml(stylesPart, {
    enter(name, attributes) {
      if (inMargin) return reader.enter(name, attributes)
      if (!/^(?:header|footer)(?:-left|-first)?$/.test(name)) return
      if (attribute(attributes, 'display') === 'false') return SKIP
      inMargin = true
      return () => {
        inMargin = false
      }
    },
    text: text => reader.text(text),
  })
  return reader.flow.finish().blocks
}
