/** Picks without replacement, the same for the same seed (mulberry32); keeps the order of what it picks from. */
export function sampler(seed: number): <T>(items: T[], size: number) => T[] {
  let state = seed >>> 0
  const random = () => {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return (items, size) => {
    if (items.length <= size) return items
    const order = items.map((_, index) => [random(), index] as const).sort(([a], [b]) => a - b).slice(0, size)
    return order.map(([, index]) => index).sort((a, b) => a - b).map(index => items[index]!)
  }
}
