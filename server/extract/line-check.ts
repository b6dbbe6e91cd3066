import { z } from 'zod'
import { blockSchema, pageReportSchema } from '../../shared/schemas/documents.ts'
import { MAX_PAGE_BLOCKS } from './limits.ts'
import { MARK_PILE } from './normalise.ts'
import type { ExtractedPage, ExtractorLine } from './types.ts'

const MAX_FLAGS = 16

const lineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('document'), pages: z.int().nonnegative().nullable(), title: z.string().max(1000).nullable() }),
  z.object({
    type: z.literal('page'),
    number: z.int().positive(),
    label: z.string().max(200).nullable(),
    text: z.string(),
    width: z.number().positive().nullable(),
    height: z.number().positive().nullable(),
    blocks: z.array(blockSchema).max(MAX_PAGE_BLOCKS),
    flags: z.array(z.string().regex(/^[a-z_]{1,40}$/)).max(MAX_FLAGS),
    report: pageReportSchema,
    boxes: z.base64().nullable(),
  }),
  z.object({ type: z.literal('recognising'), page: z.int().positive(), pages: z.int().positive() }),
  z.object({ type: z.literal('end'), pages: z.int().nonnegative() }),
  z.object({ type: z.literal('error'), code: z.string().max(100), message: z.string().max(2000) }),
])

/** One line of the child, checked: a hostile file may have taken the child over. Throws on anything else. */
export function parseLine(line: string): ExtractorLine {
  let value: unknown
  try {
    value = JSON.parse(line)
  }
  catch {
    // The parser's own message quotes what it could not read, and that is text of a document.
    throw new Error('The extractor wrote a line that is no JSON')
  }
  return lineSchema.parse(value)
}

/** The page of a line if it keeps every promise of ExtractedPage, so that nothing behind the extractor need check again. */
export function checkedPage({ type: _, boxes, ...page }: Extract<ExtractorLine, { type: 'page' }>, number: number): ExtractedPage {
  if (page.number !== number) throw new Error(`Page ${page.number} came in place of page ${number}`)
  const broken = textFault(page.text) ?? blockFault(page) ?? reportFault(page)
  if (broken) throw new Error(`Page ${number}: ${broken}`)
  return { ...page, boxes: boxes === null ? null : Buffer.from(boxes, 'base64') }
}

function textFault(text: string): string | null {
  if (text && !text.endsWith('\n\n')) return 'its text does not end in a blank line'
  if (!text.isWellFormed()) return 'its text holds half a character'
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x09\x0B-\x1F\x7F-\x9F]/.test(text)) return 'its text holds control characters'
  // Before anything looks at their order, which takes quadratic time.
  if (MARK_PILE.test(text)) return 'its text piles up marks on one letter'
  return text.normalize('NFC') === text ? null : 'its text is not composed (NFC)'
}

/** What is shown of a report is text of a document like any other. */
function reportFault({ text, label, report }: Pick<ExtractedPage, 'text' | 'label' | 'report'>): string | null {
  if (report.characters !== text.length) return 'its report counts other characters than there are'
  if (![label ?? '', ...report.hidden.map(run => run.text)].every(part => part.isWellFormed())) return 'its report holds half a character'
  return null
}

function blockFault({ text, blocks }: Pick<ExtractedPage, 'text' | 'blocks'>): string | null {
  let end = 0
  for (const block of blocks) {
    if (block.start < end || block.end <= block.start || block.end > text.length) return 'its blocks overlap or leave the text'
    end = block.end
  }
  return null
}
