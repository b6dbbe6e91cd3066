import { describe, expect, it } from 'vitest'
import type { ErasureReceipt } from '../../../../shared/schemas/erasure.ts'
import { receiptLines, scanSentence } from '../../../../shared/utils/receipt.ts'

const scan: ErasureReceipt['scan'] = { sampled: 20, found: 0, heldElsewhere: 0, complete: true, clean: true, places: [{ place: 'database', bytes: 2_000_000 }, { place: 'wal', bytes: 0 }] }
const receipt: ErasureReceipt = {
  documentId: 'd', title: 'T', filename: 'f', deletedAt: '', answers: 'erase', scan, backups: 0, ms: 1,
  removed: { pages: 1_200, boxes: 0, chunks: 3, fullTextRows: 3, vectors: 0, quotes: 0, runEvents: 0, files: 1, bytes: 1_500_000 },
  marked: { answers: 1, citations: 2 },
}

describe('receiptLines', () => {
  it('lists what was there', () => {
    expect(receiptLines(receipt).map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'Original file: 1.5 MB', 'Pages of text: 1,200', 'Chunks: 3', 'Entries of the full-text index: 3', 'Answers marked: 1',
    ])
  })
})

describe('scanSentence', () => {
  it.each<[Partial<typeof scan>, RegExp]>([
    [{}, /^None of 20 sentences is left: 2(?:\.0)? MB/],
    [{ heldElsewhere: 2 }, /2 of them stand in another document/],
    [{ complete: false, clean: false }, /there is more on the disk/],
    [{ found: 1, clean: false }, /^1 of its sentences was still found/],
    [{ sampled: 0 }, /no text/],
  ])('%j', (part, words) => {
    expect(scanSentence({ ...scan, ...part })).toMatch(words)
  })
})
