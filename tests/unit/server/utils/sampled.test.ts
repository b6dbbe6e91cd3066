import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { sampled } from '../../../../server/utils/sampled.ts'

/** A probe that answers when the test says so. */
function controlled() {
  const calls: PromiseWithResolvers<number>[] = []
  const probe = () => {
    const call = Promise.withResolvers<number>()
    calls.push(call)
    return call.promise
  }
  return { calls, probe }
}

describe('sampled', () => {
  it('gives a fresh value where there is one in time, else the one before', async () => {
    const { calls, probe } = controlled()
    const read = sampled(probe, { waitMs: 5, hangMs: 60_000 })
    const first = read()
    calls[0]!.resolve(1)
    expect(await first).toBe(1)
    expect(await read(), 'the second probe takes longer').toBe(1)
    expect(await read(), 'there is one probe at a time').toBe(1)
    expect(calls).toHaveLength(2)
    calls[1]!.resolve(2)
    await delay(0)
    const third = read()
    calls[2]!.resolve(3)
    expect(await third).toBe(3)
  })

  it('passes a failure on until the next probe succeeds', async () => {
    let fail = true
    const read = sampled(async () => {
      if (fail) throw new Error('broken')
      return 1
    }, { waitMs: 5_000, hangMs: 60_000 })
    await expect(read()).rejects.toThrow('broken')
    fail = false
    expect(await read()).toBe(1)
  })

  it('fails while a probe hangs, the first one included', async () => {
    const { calls, probe } = controlled()
    const read = sampled(probe, { waitMs: 5, hangMs: 20 })
    await expect(read()).rejects.toThrow(/no answer for 0 s/)
    calls[0]!.resolve(1)
    await delay(0)
    expect(await read()).toBe(1)
    await delay(50)
    await expect(read()).rejects.toThrow(/no answer/)
  })
})
