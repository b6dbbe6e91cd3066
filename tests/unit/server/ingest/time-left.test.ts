import { describe, expect, it } from 'vitest'
import { TimeLeft } from '../../../../server/ingest/time-left.ts'

/** Time passes only where a test says so. */
function watch(embeds = true) {
  let now = 0
  const left = new TimeLeft({ embeds, now: () => now })
  return { left, pass: (seconds: number) => void (now += seconds * 1000) }
}

describe('the time that is left', () => {
  it('is not known before something was measured, nor where the number of pages is not', () => {
    const { left, pass } = watch(false)
    expect(left.seconds).toBeNull()
    left.noteRead(1, 100, 2)
    expect(left.seconds).toBeNull()
    pass(1)
    left.noteRead(50, 100, 100)
    expect(left.seconds, 'one second says little').toBeNull()
    pass(4)
    left.noteRead(51, 0, 102)
    expect(left.seconds).toBeNull()
  })

  it('is that of the pages where nothing is embedded', () => {
    const { left, pass } = watch(false)
    for (let page = 0; page <= 40; page++, pass(0.1)) left.noteRead(page, 100, page * 2)
    expect(left.seconds).toBe(Math.ceil(60 / (40 / 4.1)))
    left.noteAllRead(80)
    expect(left.seconds).toBe(1)
  })

  it('is the longer one of reading and embedding, which go on side by side', () => {
    const { left, pass } = watch()
    for (let second = 0; second <= 5; second++) {
      left.noteRead(second * 10, 100, second * 30)
      if (second > 0) left.noteEmbedded(second * 10)
      if (second < 5) pass(1)
    }
    // 50 pages at 10 a second; 300 chunks are to come in all, 50 are embedded, at 10 a second.
    expect(left.seconds).toBe(25)
    left.noteAllRead(300)
    expect(left.seconds).toBe(25)
    pass(1)
    left.noteEmbedded(300)
    expect(left.seconds).toBe(1)
  })

  it('follows a change of pace, and a standstill', () => {
    const { left, pass } = watch(false)
    const read = (from: number, count: number, perSecond: number) => {
      for (let page = 1; page <= count; page++) {
        pass(1 / perSecond)
        left.noteRead(from + page, 1_000, 0)
      }
    }
    read(0, 200, 20)
    expect(left.seconds).toBeGreaterThanOrEqual(40)
    expect(left.seconds).toBeLessThan(44)
    read(200, 60, 2)
    expect(left.seconds, 'the quick start is forgotten').toBeGreaterThan(350)
    const before = left.seconds!
    pass(60)
    expect(left.seconds).toBeGreaterThan(2 * before)
  })
})
