import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineBoxes, type Box } from '../../../../shared/utils/line-boxes.ts'

const SIZE = 10
const WIDTH = 6

interface Run { x: number, y: number, text: string, size?: number, direction?: 'right' | 'left' | 'down' | 'up' }

/** A page of runs of type; each character but white space and what stands in `without` has a box. */
function typeset(runs: Run[], { without = '' } = {}) {
  const text = runs.map(run => run.text).join('\n')
  const boxes = new Float32Array(text.length * 4)
  let unit = 0
  for (const { x, y, text: words, size = SIZE, direction = 'right' } of runs) {
    const width = WIDTH * size / SIZE
    for (let index = 0; index < words.length; index++, unit++) {
      if (/\s/.test(words[index]!) || without.includes(words[index]!)) continue
      const along = index * width
      const box: Box = direction === 'right'
        ? [x + along, y - size, x + along + width, y + 0.35 * size]
        : direction === 'left'
          ? [x - along - width, y - size, x - along, y + 0.35 * size]
          : direction === 'down' ? [x - size, y + along, x + 0.35 * size, y + along + width] : [x - size, y - along - width, x + 0.35 * size, y - along]
      boxes.set(box, unit * 4)
    }
    unit++
  }
  const around = (part: string) => lineBoxes(boxes, text, text.indexOf(part), text.indexOf(part) + part.length)
  const all = () => lineBoxes(boxes, text, 0, text.length)
  return { text, boxes, around, all }
}

const rounded = (boxes: Box[]) => boxes.map(box => box.map(value => Math.round(value)))

describe('one line', () => {
  it('is one box from its first to its last character, spaces included', () => {
    const { around } = typeset([{ x: 100, y: 200, text: 'One plain sentence of words.' }])
    expect(around('plain sentence')).toEqual({ located: true, boxes: [[124, 190, 208, 203.5]] })
  })

  it('keeps raised figures and small type in the box of their line', () => {
    const { all } = typeset([{ x: 100, y: 200, text: 'word' }, { x: 124, y: 196, text: '12', size: 7 }, { x: 133, y: 200, text: 'and on' }])
    expect(rounded(all().boxes)).toEqual([[100, 189, 169, 204]])
  })

  it('is boxed alike when it is written from right to left', () => {
    const { all } = typeset([{ x: 300, y: 200, text: 'שלום עולם', direction: 'left' }])
    expect(rounded(all().boxes)).toEqual([[246, 190, 300, 204]])
  })

  it('is cut where a wide gap leaves what is not part of it', () => {
    const { all } = typeset([{ x: 100, y: 200, text: 'left' }, { x: 160, y: 200, text: 'right' }])
    expect(rounded(all().boxes)).toEqual([[100, 190, 124, 204], [160, 190, 190, 204]])
  })
})

describe('several lines', () => {
  it('are a box each, however tightly they are set', () => {
    const { all } = typeset([{ x: 140, y: 200, text: 'begins here' }, { x: 100, y: 210, text: 'goes on over the line' }, { x: 100, y: 220, text: 'ends.' }])
    expect(rounded(all().boxes)).toEqual([[140, 190, 206, 204], [100, 200, 226, 214], [100, 210, 130, 224]])
  })

  it('join a word that was divided at the end of a line', () => {
    // The text has lost the hyphen and the line end, so the two halves follow each other.
    const boxes = new Float32Array([[200, 190, 206, 203], [206, 190, 212, 203], [100, 202, 106, 215], [106, 202, 112, 215]].flat())
    expect(rounded(lineBoxes(boxes, 'exam', 0, 4).boxes)).toEqual([[200, 190, 212, 203], [100, 202, 112, 215]])
  })

  it('go from the foot of one column to the head of the next', () => {
    const { all } = typeset([{ x: 60, y: 700, text: 'at the foot of one' }, { x: 320, y: 90, text: 'column and the next' }])
    expect(rounded(all().boxes)).toEqual([[60, 690, 168, 704], [320, 80, 434, 94]])
  })

  it('stay apart beside an initial that is three lines tall', () => {
    const { all } = typeset([{ x: 100, y: 224, text: 'T', size: 34 }, { x: 122, y: 200, text: 'his is the first' }, { x: 122, y: 212, text: 'line of three' }])
    expect(all().boxes).toHaveLength(2)
    expect(rounded(all().boxes)[1]).toEqual([122, 202, 200, 216])
  })
})

describe('turned text', () => {
  it.each(['down', 'up'] as const)('that runs %s the page is boxed along it', (direction) => {
    const { all } = typeset([{ x: 50, y: 400, text: 'a note in the', direction }, { x: 66, y: 400, text: 'margin', direction }])
    const [first, second] = rounded(all().boxes)
    expect(all().boxes).toHaveLength(2)
    expect(first).toEqual(direction === 'down' ? [40, 400, 54, 478] : [40, 322, 54, 400])
    expect(second).toEqual(direction === 'down' ? [56, 400, 70, 436] : [56, 364, 70, 400])
  })

  it('that climbs is cut into boxes that stay near it', () => {
    const boxes = new Float32Array(Array.from({ length: 30 }, (_, index) => [100 + index * 6, 300 - index * 3, 106 + index * 6, 313 - index * 3]).flat())
    const { located, boxes: found } = lineBoxes(boxes, 'x'.repeat(30), 0, 30)
    expect(located).toBe(true)
    for (const [, y0, , y1] of found) expect(y1 - y0).toBeLessThan(2 * 13)
  })
})

describe('a character without a place', () => {
  it('leaves the whole range unlocated', () => {
    const { around } = typeset([{ x: 100, y: 200, text: 'some words with a gap' }], { without: 'g' })
    expect(around('with a gap')).toEqual({ located: false, boxes: [] })
    expect(around('some words').located).toBe(true)
  })

  it('may be white space or the bar between two cells', () => {
    const { around } = typeset([{ x: 100, y: 200, text: 'name | 12 | ' }], { without: '|' })
    expect(around('name | 12 |').located).toBe(true)
    expect(typeset([{ x: 100, y: 200, text: 'a|b' }], { without: '|' }).around('a|b').located).toBe(false)
  })

  it('is all there is of an empty range, of a blank one and of what lies behind the page', () => {
    const { boxes, text } = typeset([{ x: 100, y: 200, text: 'a b' }])
    for (const [start, end] of [[1, 1], [1, 2], [3, 9], [90, 99]] as const) {
      expect(lineBoxes(boxes, text, start, end)).toEqual({ located: false, boxes: [] })
    }
    expect(lineBoxes(new Float32Array(4), 'ab', 0, 2).located).toBe(false)
  })
})

it('covers each character of the range, and none of another line', () => {
  const word = fc.stringMatching(/^[a-z]{1,9}$/)
  fc.assert(fc.property(fc.array(fc.array(word, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 }), fc.nat(), fc.nat(), (lines, a, b) => {
    const runs = lines.map((words, index) => ({ x: 72, y: 100 + index * 12, text: words.join(' ') }))
    const { boxes, text } = typeset(runs)
    const [start, end] = [a % text.length, b % text.length].sort((x, y) => x - y) as [number, number]
    const found = lineBoxes(boxes, text, start, end)
    const inside = [...text.slice(start, end)].some(character => /\S/.test(character))
    expect(found.located).toBe(inside)
    expect(found.boxes.length).toBe(new Set([...text].flatMap((character, unit) => unit >= start && unit < end && /\S/.test(character) ? [boxes[unit * 4 + 1]] : [])).size)
    for (let unit = 0; unit < text.length; unit++) {
      if (!/\S/.test(text[unit]!)) continue
      const [x0, y0, x1, y1] = boxes.subarray(unit * 4, unit * 4 + 4) as unknown as Box
      const isCovered = found.boxes.some(box => box[0] <= x0 && box[1] <= y0 && box[2] >= x1 && box[3] >= y1)
      expect(isCovered).toBe(unit >= start && unit < end)
    }
  }))
})
