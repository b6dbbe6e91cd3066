import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { askedWords, coverage, Topic } from '../../../../server/answer/topic.ts'

const texts = ['Joplin composed rags in Sedalia.', 'Joplin was born in Texas.', 'Joplin died in New York.'].map(text => Topic.of(text))

describe('a topic', () => {
  it('holds a word, also in another form, and likely another word that begins like it', () => {
    const topic = Topic.of('He composed many rags; die Städte wuchsen.')
    expect(topic.holds('rag')).toBe(1)
    expect(topic.holds('compos')).toBe(1)
    expect(topic.holds('composer')).toBeGreaterThan(0)
    expect(topic.holds('composer')).toBeLessThan(1)
    expect(topic.holds('publisher')).toBe(0)
  })

  it('gives more weight to words that few sentences hold, and knows names and numbers', () => {
    const asked = new Map(askedWords('Which rags of 1899 did Joplin compose?', texts).map(word => [word.word, word]))
    expect(asked.get('rag')!.weight).toBeGreaterThan(asked.get('joplin')!.weight)
    expect(asked.get('joplin')!.named).toBe(true)
    expect(asked.get('1899')!.named).toBe(true)
    expect(asked.get('rag')!.named).toBe(false)
  })

  it('is covered wholly by the question itself, and not at all by another subject', () => {
    const question = 'Which rags did Joplin compose?'
    const asked = askedWords(question, texts)
    expect(coverage(asked, Topic.of(question))).toBeCloseTo(1)
    expect(coverage(asked, Topic.of('The lake is deep.'))).toBe(0)
    expect(coverage([], Topic.of(question), 0.5)).toBe(0.5)
  })

  it('is covered by a share, never less with more text', () => {
    fc.assert(fc.property(fc.string(), fc.array(fc.string(), { maxLength: 8 }), (question, sentences) => {
      const topics = sentences.map(text => Topic.of(text))
      const asked = askedWords(question, topics)
      let all = new Topic([])
      let before = 0
      for (const topic of topics) {
        all = all.with(topic)
        const share = coverage(asked, all)
        expect(share).toBeGreaterThanOrEqual(before - 1e-9)
        expect(share).toBeLessThanOrEqual(1 + 1e-9)
        before = share
      }
    }))
  })
})
