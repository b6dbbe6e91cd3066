import { describe, expect, it } from 'vitest'
import { plainReport } from '../../../../shared/utils/page-notes.ts'
import { attentionBadge, pageList, reportFacts, reportSummary } from '../../../../shared/utils/page-report.ts'

const none = { scanned: 0, uncertain: 0, hidden: 0, incomplete: 0, repaired: 0, empty: 0 }

describe('pages are named', () => {
  it.each([
    [[3], 'Page 3'],
    [[3, 5], 'Pages 3 and 5'],
    [[3, 4], 'Pages 3 and 4'],
    [[3, 5, 6, 7, 9], 'Pages 3, 5–7 and 9'],
    [[1, 3, 5, 7, 9, 11, 13, 15, 17, 18, 30], 'Pages 1, 3, 5, 7, 9, 11, 13, 15 and 3 more'],
  ])('%j', (numbers, expected) => {
    expect(pageList(numbers, 'page')).toBe(expected)
  })
})

describe('the summary', () => {
  it('says what was read and what stands out', () => {
    const document = { pages: 12, attention: { ...none, scanned: 1, hidden: 2 } }
    const items = [{ number: 3, attention: ['scanned' as const] }, { number: 5, attention: ['hidden' as const] }, { number: 6, attention: ['hidden' as const] }]
    expect(reportSummary(document, items, 'page')).toEqual([
      '12 pages read.',
      'Page 3 looks scanned: its text is a picture and was not read.',
      'Pages 5 and 6 hold text that their readers cannot see. It is left out of answers.',
    ])
  })

  it('counts pages that are not all known', () => {
    const document = { pages: 900, attention: { ...none, empty: 300 } }
    expect(reportSummary(document, [{ number: 2, attention: ['empty' as const] }], 'section')[1]).toBe('300 sections are empty.')
  })

  it('says when nothing stands out', () => {
    expect(reportSummary({ pages: 1, attention: null }, [], 'slide')).toEqual(['1 slide read.', 'Nothing stands out.'])
  })
})

it('has a badge for the gravest reason, and none for blank pages', () => {
  expect(attentionBadge({ ...none, hidden: 2, scanned: 1 })).toBe('Unread scans')
  expect(attentionBadge({ ...none, hidden: 2, empty: 4 })).toBe('Hidden text')
  expect(attentionBadge({ ...none, empty: 4 })).toBeNull()
  expect(attentionBadge(null)).toBeNull()
})

it('tells of a page what is known of it', () => {
  const report = {
    ...plainReport('x'.repeat(1_234)), coverage: 0.031, tables: 2, ocr: { confidence: 81.6, languages: ['eng', 'deu'] },
    repairs: [{ kind: 'hyphenation', count: 3 }, { kind: 'a_new_kind', count: 1 }], dropped: [{ kind: 'header_footer', count: 2 }],
  }
  expect(reportFacts(report).map(({ name, value }) => `${name}: ${value}`)).toEqual([
    'Text: 1,234 characters', 'Covered by text: 3.1 %', 'Recognised from a picture: confidence 82 % (eng, deu)', 'Tables: 2',
    'Mended: 3 words joined over a line end, 1 a new kind', 'Left out: 2 lines of headers and footers',
  ])
  expect(reportFacts(plainReport('a'))).toEqual([{ name: 'Text', value: '1 character' }])
})
