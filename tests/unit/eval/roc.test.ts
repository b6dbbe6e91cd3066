import { expect, it } from 'vitest'
import { caughtAt, rocArea } from '../../../eval/support/roc.ts'

it('the area is how often the answerable question scores higher, ties as half', () => {
  expect(rocArea({ answerable: [3, 4], unanswerable: [1, 2] })).toBe(1)
  expect(rocArea({ answerable: [1, 2], unanswerable: [3, 4] })).toBe(0)
  // 2 beats 1, ties with 2, loses to 3; 3 beats 1 and 2, ties with 3: (1.5 + 2.5) of 6.
  expect(rocArea({ answerable: [2, 3], unanswerable: [1, 2, 3] })).toBeCloseTo(4 / 6, 12)
  expect(rocArea({ answerable: [1], unanswerable: [] })).toBeNaN()
})

it('the share caught is that of the strictest threshold allowed', () => {
  const answerable = Array.from({ length: 20 }, (_, index) => index + 1)
  // One of twenty may be refused: the threshold is the second lowest score, 2, and what ties with it is answered.
  expect(caughtAt({ answerable, unanswerable: [0, 1, 1.5, 2, 3] }, 0.05)).toBe(3 / 5)
  // None may be: only what scores below all of them is caught.
  expect(caughtAt({ answerable, unanswerable: [0, 1, 1.5, 2, 3] }, 0)).toBe(1 / 5)
  expect(caughtAt({ answerable, unanswerable: [] }, 0.05)).toBeNaN()
})
