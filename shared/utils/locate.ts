import type { TextRange } from './document-layout.ts'

/** Reads per search by interpolation; pages that differ wildly in length are halved from then on. */
const INTERPOLATED = 4

/**
 * Finds which of `total` consecutive ranges holds `position`, reading as few of them as it can: they have about one
 * length, so the first reading says about where to look. A position behind the end gives the last one.
 *
 * @param read the range of the item with this number, from 1; null when there is none
 * @param guess number to look at first
 */
export async function locate(position: number, total: number, read: (number: number) => Promise<TextRange | null>, guess?: number): Promise<number | null> {
  let low = 1
  let high = total
  let next = guess ?? Math.ceil(total / 2)
  for (let reads = 1; low <= high; reads++) {
    const number = Math.min(Math.max(Math.round(next), low), high)
    const range = await read(number)
    if (!range) high = number - 1
    else if (position >= range.end) {
      if (number === total) return number
      low = number + 1
    }
    else if (position < range.start) high = number - 1
    else return number
    const perItem = range && range.end > 0 ? range.end / number : 0
    next = reads < INTERPOLATED && perItem > 0 ? position / perItem + 0.5 : (low + high) / 2
  }
  return high >= 1 ? high : null
}
