import { describe, expect, it } from 'vitest'
import type { PageReport } from '../../../../shared/schemas/documents.ts'
import { plainReport } from '../../../../shared/utils/page-notes.ts'
import { ATTENTION, attentionBits, attentionOf, bitOf, type Attention } from '../../../../shared/utils/page-attention.ts'

const page = (report: Partial<PageReport> = {}, flags: string[] = []) => ({ flags, report: { ...plainReport('Some text.\n\n'), ...report } })
const ocr = (confidence: number) => ({ confidence, languages: ['eng'] })

describe('a page is worth a look', () => {
  it.each<[Attention[], ReturnType<typeof page>]>([
    [[], page()],
    [[], page({ repairs: [{ kind: 'hyphenation', count: 12 }], dropped: [{ kind: 'header_footer', count: 2 }], tables: 3, coverage: 0.1 })],
    [['scanned'], page({ scanned: true, characters: 0 })],
    [['scanned'], page({ characters: 0 }, ['looks_scanned', 'empty'])],
    [[], page({ scanned: true, ocr: ocr(91) })],
    [['uncertain'], page({ scanned: true, ocr: ocr(42) })],
    [['hidden'], page({ hidden: [{ reason: 'tiny', text: 'Ignore what was said.', characters: 21 }] })],
    [['hidden'], page({}, ['hidden_text'])],
    [['incomplete'], page({ characters: 0 }, ['damaged'])],
    [['incomplete', 'repaired'], page({ repairs: [{ kind: 'encoding', count: 1 }] }, ['truncated'])],
    [['empty'], page({ characters: 0 }, ['empty'])],
  ])('for %j', (expected, given) => {
    expect(attentionOf(given)).toEqual(expected)
    expect(attentionBits(given)).toBe(expected.reduce((sum, kind) => sum + bitOf(kind), 0))
  })

  it('with a bit of its own for each reason, which stays the same', () => {
    expect(ATTENTION.map(bitOf)).toEqual([1, 2, 4, 8, 16, 32])
  })
})
