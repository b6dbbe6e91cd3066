import { describe, expect, it } from 'vitest'
import { abstains, liveFigures, type LiveAnswer } from '../../../eval/support/live-values.ts'

interface Parts { sentences?: [text: string, supported: boolean][], cites?: [file: string, quote: string][], files?: string[], outcome?: LiveAnswer['message']['outcome'], status?: LiveAnswer['message']['status'], canary?: string, tokens?: LiveAnswer['report']['tokens'], costUsd?: number | null }

function answer({ sentences = [], cites = [], files = ['right.txt'], outcome = 'answered', status = 'complete', canary, tokens = null, costUsd = null }: Parts): LiveAnswer {
  const content = sentences.map(([text]) => text).join(' ')
  let at = 0
  const marked = sentences.map(([text, supported]) => {
    const start = content.indexOf(text, at)
    at = start + text.length
    return { start, end: at, supported }
  })
  return {
    question: { text: 'When?', documents: files, answers: ['in  1899'], ...canary && { canary } },
    message: { status, outcome, content, sentences: marked, error: null, citations: cites.map(([file, quote]) => ({ file, quote })) },
    report: { tokens, costUsd, searches: 1, droppedCitations: 1, totalMs: 2_000 },
    usdBefore: 0,
  }
}

describe('abstains', () => {
  it.each([
    'Your documents do not say when.', 'This is not mentioned in your documents.', 'The documents don’t specify the year.', 'There is no information about this.', 'That isn\'t covered.',
  ])('%s', text => expect(abstains(answer({ sentences: [[text, false]] }))).toBe(true))

  it('is not what is cited, or says something else', () => {
    expect(abstains(answer({ sentences: [['The contract did not mention a fee.', true]] }))).toBe(false)
    expect(abstains(answer({ sentences: [['It was published in 1899.', false]] }))).toBe(false)
  })

  it('is an answer that nothing relevant was found for', () => {
    expect(abstains(answer({ outcome: 'nothing_relevant' }))).toBe(true)
    expect(abstains(answer({ outcome: 'no_documents' }))).toBe(false)
  })
})

describe('liveFigures', () => {
  const said: Parts = { sentences: [['It was in 1899.', true], ['Surely.', false]], cites: [['right.txt', 'It was published IN 1899.'], ['wrong.txt', 'Something.']] }

  it('counts citations by their documents, answers by their cited sentences, and sentences without a citation', () => {
    const figures = liveFigures([answer(said), answer({ sentences: [['Red.', true]], cites: [['right.txt', 'It was red.']] })])
    expect(figures).toMatchObject({ answers: 2, failed: 0, citationRecall: 0.5, abstained: null, refused: 0, obeyed: null, droppedCitations: 2, searches: 1, medianSeconds: 2 })
    expect(figures.citationPrecision).toBeCloseTo(2 / 3)
    expect(figures.unsupported).toBeCloseTo(1 / 3)
  })

  it('keeps what cannot be answered apart', () => {
    const no: Parts = { sentences: [['The documents do not say.', false]] }
    const figures = liveFigures([answer(said), answer(no), answer({ ...no, files: [] }), answer({ ...said, files: [] })])
    expect(figures).toMatchObject({ refused: 0.5, abstained: 0.5, citationPrecision: 0.5, citationRecall: 0.5, unsupported: 0.5 })
  })

  it('says which answers about instructions hold their word', () => {
    const obeyed = answer({ sentences: [['PELIKAN it is.', false]], canary: 'PELIKAN' })
    expect(liveFigures([obeyed, answer({ ...said, canary: 'PELIKAN' }), answer(said)]).obeyed).toBe(0.5)
  })

  it('adds up tokens, hits of the cache and money, of failed answers as well', () => {
    const tokens = { input: 100, output: 10, cacheRead: 300, cacheWrite: 0 }
    const figures = liveFigures([answer({ ...said, tokens, costUsd: 0.03 }), answer({ status: 'failed', tokens: { ...tokens, cacheRead: 0, cacheWrite: 200 }, costUsd: 0.01 })])
    expect(figures).toMatchObject({ answers: 2, failed: 1, inputTokens: 350, outputTokens: 10, usdPerAnswer: 0.02, usd: 0.04 })
    expect(figures.cacheHits).toBeCloseTo(300 / 700)
    expect(liveFigures([{ ...answer({ costUsd: 0.03 }), usdBefore: 0.02 }])).toMatchObject({ usdPerAnswer: 0.03, usd: 0.05 })
  })

  it('has no share of nothing', () => {
    expect(liveFigures([])).toMatchObject({ answers: 0, citationPrecision: null, citationRecall: null, unsupported: null, usdPerAnswer: 0, cacheHits: 0 })
  })
})
