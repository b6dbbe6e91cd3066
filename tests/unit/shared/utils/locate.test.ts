import fc from 'fast-check'
import { expect, it } from 'vitest'
import { locate } from '../../../../shared/utils/locate.ts'

function ranges(lengths: number[]) {
  let at = 0
  const items = lengths.map(length => ({ start: at, end: at += length }))
  let reads = 0
  return { items, length: at, read: async (number: number) => (reads++, items[number - 1] ?? null), reads: () => reads }
}

it('finds the one that holds the position, empty ones and any guess included', async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.nat(50), { minLength: 1, maxLength: 60 }), fc.nat(3_500), fc.option(fc.integer({ min: -3, max: 90 }), { nil: undefined }),
    async (lengths, position, guess) => {
      const { items, length, read } = ranges(lengths)
      const found = await locate(position, items.length, read, guess)
      if (position >= length) expect(found).toBe(items.length)
      else expect(found).toBe(items.findIndex(item => item.start <= position && position < item.end) + 1)
    },
  ))
})

it('needs few reads in a long document of even pages, one with a good guess', async () => {
  const even = () => ranges(Array.from({ length: 1_000 }, (_, index) => 2_500 + (index * 7919) % 900))
  for (const position of [0, 17, 1_400_000, 2_800_000]) {
    const document = even()
    await locate(position, 1_000, document.read)
    expect(document.reads()).toBeLessThanOrEqual(8)
  }
  const guessed = even()
  expect(await locate(guessed.items[612]!.start + 5, 1_000, guessed.read, 613)).toBe(613)
  expect(guessed.reads()).toBe(1)
})

it('ends in a document that has fewer pages than it said', async () => {
  const { read } = ranges([10, 10])
  expect(await locate(5, 500, read)).toBe(1)
  expect(await locate(5, 0, read)).toBeNull()
})
