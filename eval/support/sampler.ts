import { randomNumbers } from './random.ts'

/** Picks without replacement, the same for the same seed; keeps the order of what it picks from. */
export function sampler(seed: number): <T>(items: T[], size: number) => T[] {
  const random = randomNumbers(seed)
  return (items, size) => {
    if (items.length <= size) return items
    const order = items.map((_, index) => [random(), index] as const).sort(([a], [b]) => a - b).slice(0, size)
    return order.map(([, index]) => index).sort((a, b) => a - b).map(index => items[index]!)
  }
}
