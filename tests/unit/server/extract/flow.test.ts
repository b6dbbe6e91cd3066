import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Flow } from '../../../../server/extract/flow.ts'

const STEPS = ['beginParagraph', 'endParagraph', 'break', 'beginAside', 'endAside', 'beginTable', 'endTable', 'beginRow', 'endRow', 'beginCell', 'endCell'] as const

describe('a flow', () => {
  test('puts what stands aside behind its paragraph, in a cell too', () => {
    const flow = new Flow()
    flow.beginTable()
    flow.beginRow()
    for (const text of ['a', 'b']) {
      flow.beginCell()
      flow.beginParagraph()
      flow.text(text)
      flow.beginAside()
      flow.beginParagraph()
      flow.text(`aside ${text}`)
      flow.endAside()
      flow.text('!')
      flow.endParagraph()
      flow.endCell()
    }
    flow.endRow()
    flow.endTable()
    expect(flow.finish().blocks).toEqual([{ kind: 'table_row', text: 'a! aside a | b! aside b' }])
  })

  test('keeps hidden text out of the text, or in it where that is asked for, and reports it either way', () => {
    for (const [setting, text] of [['exclude', 'Seen. End.'], ['include', 'Seen. Hidden words. End.']] as const) {
      const flow = new Flow(setting)
      flow.beginParagraph()
      flow.text('Seen. ')
      for (const piece of ['Hidden ', 'words. ']) flow.hide('markup', piece)
      flow.text('End.')
      flow.endParagraph()
      const [block] = flow.finish().blocks
      expect(block).toMatchObject({ text, notes: { hidden: [{ reason: 'markup', text: 'Hidden words.', characters: 13 }] } })
    }
  })

  test('loses no text, whatever order the calls come in', () => {
    const step = fc.oneof(fc.constantFrom(...STEPS), fc.constantFrom('x', 'y ', '  z'))
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const flow = new Flow()
      let written = 0
      for (const name of steps) {
        if ((STEPS as readonly string[]).includes(name)) {
          flow[name as (typeof STEPS)[number]]()
        }
        else {
          flow.text(name)
          written++
        }
      }
      const { blocks } = flow.finish()
      expect(blocks.map(block => block.text).join('').replace(/[^xyz]/g, '')).toHaveLength(written)
      expect(blocks.every(block => block.text.trim() === block.text && block.text)).toBe(true)
    }), { numRuns: 500 })
  })
})
