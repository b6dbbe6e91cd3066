import { describe, expect, it } from 'vitest'
import { quantizeColumns } from '../../../../script/model/quantize.ts'

describe('quantizeColumns', () => {
  it('gives each column its own scale and zero at byte 0', () => {
    // value = 0.5 × byte - 10: the columns are (-10, 10), (0, 5), (0, 0)
    const tensor = { shape: [2, 3], bytes: Uint8Array.of(0, 20, 20, 40, 30, 20), scale: 0.5, minimum: -10 }
    const { values, scales } = quantizeColumns(tensor)
    expect([...values]).toEqual([-127, 0, 0, 127, 127, 0])
    expect([...scales].map(scale => scale * 127)).toEqual([expect.closeTo(10, 4), expect.closeTo(5, 4), 0])
  })
})
