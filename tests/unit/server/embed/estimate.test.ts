import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutToTokens, estimateTokens } from '../../../../server/embed/estimate.ts'
import { createTokenCounter, loadTokenizer } from '../../../../server/embed/tokenizer.ts'
import { repository } from '../../support/program.ts'

describe('estimateTokens', () => {
  it('counts words, numbers, marks and the characters of dense scripts', () => {
    expect(estimateTokens('')).toBe(0)
    expect(estimateTokens('rag')).toBe(1)
    expect(estimateTokens('syncopation, 1899')).toBe(3 + 1 + 2)
    expect(estimateTokens('наука')).toBe(3)
    expect(estimateTokens('音楽')).toBe(2)
  })

  it('gives rather too many: no paragraph of prose or code has more word-pieces', () => {
    const count = createTokenCounter(loadTokenizer(join(repository, '.model/all-MiniLM-L6-v2')))
    for (const file of ['docs/architecture.md', 'README.md', 'server/ingest/queue.ts', 'server/retrieval/search.ts']) {
      for (const paragraph of readFileSync(join(repository, file), 'utf8').split(/\n{2,}/).filter(text => text.length > 300)) {
        expect(estimateTokens(paragraph), paragraph).toBeGreaterThanOrEqual(count(paragraph) * 0.9)
      }
    }
  })
})

describe('cutToTokens', () => {
  it('keeps as much of the beginning as fits', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (text, tokens) => {
      const cut = cutToTokens(text, tokens)
      expect(text.startsWith(cut)).toBe(true)
      expect(estimateTokens(cut)).toBeLessThanOrEqual(tokens)
      if (cut.length < text.length) expect(estimateTokens(text)).toBeGreaterThan(tokens)
    }))
  })
})
