import { describe, expect, it } from 'vitest'
import { costOf, isModelId, modelList } from '../../../../server/answer/models.ts'

describe('modelList', () => {
  it('offers Claude where there is a key, and what needs none always', () => {
    expect(modelList({ hasKey: true, configured: null })).toMatchObject({ default: 'claude-sonnet-5-5' })
    const keyless = modelList({ hasKey: false, configured: 'claude-opus-5-5' })
    expect(keyless.default).toBe('extractive')
    expect(keyless.items.filter(({ available }) => available).map(({ id }) => id)).toEqual(['extractive'])
    expect(keyless.items[0]!.note).toContain('ANTHROPIC_API_KEY')
  })

  it('lists and prefers a configured model that it does not know', () => {
    const list = modelList({ hasKey: true, configured: 'claude-next-6' })
    expect(list.default).toBe('claude-next-6')
    expect(list.items[0]!.id).toBe('claude-next-6')
  })
})

describe('costOf', () => {
  const usage = { inputTokens: 1e6, outputTokens: 1e6, cacheReadTokens: 1e6, cacheWriteTokens: 1e6 }
  it('adds the four kinds of tokens', () => {
    expect(costOf('claude-sonnet-5-5', usage)).toBeCloseTo(2 + 10 + 0.2 + 2.5)
  })
  it('is unknown for a model or a size whose price is not known', () => {
    expect(costOf('claude-next-6', usage)).toBeNull()
    expect(costOf('claude-haiku-5-5', usage)).toBeNull()
    expect(costOf('claude-haiku-5-5', { ...usage, inputTokens: 1_000, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 1_000 })).toBeCloseTo(0.0006)
  })
})

it('isModelId knows what can be asked for', () => {
  expect(['extractive', 'claude-sonnet-4-6', 'claude-opus-4-5-20251101'].every(isModelId)).toBe(true)
  expect(['', 'gpt-9', 'claude-', 'claude-x y'].some(isModelId)).toBe(false)
})
