import { ExtractFailure } from './failures.ts'
import type { FormatEvent, Source } from './format.ts'
import { withMargins } from './margins.ts'
import { usefulTitle } from './ooxml.ts'
import { RtfReader } from './rtf/reader.ts'
import { readTokens } from './rtf/tokens.ts'
import { sections, titleOf } from './sections.ts'

/**
 * Rich Text Format (specification 1.9.1), read token by token: text in the encoding of its font, tables, lists, headings,
 * notes and text boxes. Deleted text, comments and pictures are counted, hidden text is reported; headers and footers are
 * kept once where they say what the body does not.
 */
export function* extractRtf({ bytes, hiddenText }: Source): Generator<FormatEvent> {
  const reader = new RtfReader(hiddenText)
  readTokens(bytes, reader)
  const text = reader.finish()
  const blocks = withMargins(text, reader.margins)
  if (blocks.length === 0) throw new ExtractFailure('no_text')
  yield { type: 'document', pages: null, title: usefulTitle(reader.title) ?? titleOf(text) }
  for (const page of sections(blocks)) yield { type: 'page', page }
}
