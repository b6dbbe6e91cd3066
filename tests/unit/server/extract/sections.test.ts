import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sections, type RawBlock } from '../../../../server/extract/sections.ts'

const words = (count: number) => Array.from({ length: count }, (_, index) => `word${index}`).join(' ')

describe('sections', () => {
  test('end where blocks end, between 3,000 and 5,000 characters', () => {
    const blocks = Array.from({ length: 40 }, (): RawBlock => ({ kind: 'paragraph', text: 'x'.repeat(700) }))
    const pages = [...sections(blocks)]
    for (const page of pages.slice(0, -1)) {
      expect(page.text.length).toBeGreaterThan(3000)
      expect(page.text.length).toBeLessThan(5010)
      expect(page.blocks.every(block => page.text.slice(block.start, block.end) === 'x'.repeat(700))).toBe(true)
    }
  })

  test('begin with a heading rather than end with one', () => {
    const pages = [...sections([{ kind: 'paragraph', text: 'x'.repeat(2800) }, { kind: 'heading', level: 2, text: 'Next' }, { kind: 'paragraph', text: 'y' }])]
    expect(pages.map(page => page.text)).toEqual([`${'x'.repeat(2800)}\n\n`, 'Next\n\ny\n\n'])
  })

  test('cut a paragraph without end after a sentence', () => {
    const pages = [...sections([{ kind: 'paragraph', text: `${words(400)}. `.repeat(8).trim() }])]
    expect(pages.length).toBeGreaterThan(3)
    for (const page of pages) expect(page.text).toMatch(/\.\n\n$/)
  })

  test('keep every character but white space, in order, and never split one', () => {
    const kind = fc.constantFrom<RawBlock['kind']>('paragraph', 'code', 'table_row', 'list_item', 'heading')
    const text = fc.array(fc.constantFrom('a', 'word ', '. ', '👩\u200D👧', 'é', '\u0301b'), { minLength: 1, maxLength: 4000 }).map(parts => parts.join('').trim()).filter(Boolean)
    fc.assert(fc.property(fc.array(fc.record({ kind, text }), { maxLength: 6 }), (blocks) => {
      const pages = [...sections(blocks)]
      const bare = (value: string) => value.replace(/\s/g, '')
      expect(bare(pages.map(page => page.text).join(''))).toBe(bare(blocks.map(block => block.text).join('')))
      expect(pages.every(page => page.text.isWellFormed() && page.text.length <= 5010)).toBe(true)
      expect(pages.map(page => page.number)).toEqual(pages.map((_, index) => index + 1))
    }), { numRuns: 50 })
  })
})
