import { expect, it } from 'vitest'
import { drawnBoxes } from '../../../../shared/utils/drawn-boxes.ts'

it('draws a box a little larger than the text', () => {
  expect(drawnBoxes([[10, 20, 110, 34]])).toEqual([{ x: 8.5, y: 18.5, width: 103, height: 17 }])
})

it('cuts the boxes of two lines where they overlap', () => {
  const [first, second] = drawnBoxes([[50, 20, 110, 34], [10, 30, 90, 44]])
  expect(first!.y + first!.height).toBe(32 + 1.5)
  expect(second!.y).toBe(32 - 1.5)
})

it('leaves boxes alone that stand in different columns, on one line, or far apart', () => {
  for (const boxes of [[[10, 20, 50, 34], [60, 30, 90, 44]], [[10, 20, 50, 34], [40, 20, 90, 34]], [[10, 20, 50, 34], [10, 300, 50, 314]]] as const) {
    expect(drawnBoxes(boxes.map(box => [...box]))).toEqual(boxes.map(([x0, y0, x1, y1]) => ({ x: x0 - 1.5, y: y0 - 1.5, width: x1 - x0 + 3, height: y1 - y0 + 3 })))
  }
})
