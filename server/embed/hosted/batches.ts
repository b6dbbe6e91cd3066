import { estimateTokens } from '../estimate.ts'

export interface BatchLimits { items: number, tokens: number }

/** Cuts texts into batches in their order, none longer than allowed; a text that alone has too many tokens goes alone. */
export function cutBatches(texts: string[], { items, tokens }: BatchLimits): string[][] {
  const batches: string[][] = []
  let room = 0
  for (const text of texts) {
    const count = estimateTokens(text)
    const open = batches.at(-1)
    if (open && open.length < items && count <= room) {
      open.push(text)
      room -= count
    }
    else {
      batches.push([text])
      room = tokens - count
    }
  }
  return batches
}
