import { checkedPage, parseLine } from '../../../../../server/extract/line-check.ts'
import type { Format } from '../../../../../server/extract/format.ts'
import type { ExtractedPage } from '../../../../../server/extract/types.ts'
import type { Extracted } from './extract.ts'

/**
 * Runs a format's reader without its child process, which takes seconds to start on a busy machine; each page is checked
 * as the parent does it. The contract test goes the whole way.
 */
export function reader(format: Format) {
  return async (source: Buffer | string, filename = 'a'): Promise<Extracted> => {
    const pages: ExtractedPage[] = []
    let title: string | null = null
    for await (const event of format({ bytes: Buffer.from(source as string), filename, pageLimit: 30_000, hiddenText: 'exclude', ocr: null })) {
      if (event.type === 'document') title = event.title
      if (event.type !== 'page') continue
      const line = parseLine(JSON.stringify({ type: 'page', ...event.page, boxes: null }))
      if (line.type === 'page') pages.push(checkedPage(line, pages.length + 1))
    }
    return { pages, title, text: pages.map(page => page.text).join('') }
  }
}
