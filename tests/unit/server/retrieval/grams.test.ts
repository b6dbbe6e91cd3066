import { describe, expect, it } from 'vitest'
import { compoundGrams, compoundPhrase, denseGrams, densePhrase, denseRuns, splitScripts } from '../../../../server/retrieval/grams.ts'

const mark = '\uE5DF'

describe('runs of scripts without spaces', () => {
  it('are found between everything else, full width and half width alike', () => {
    expect(denseRuns('使用Node服务器, 2 times ﾗｸﾞﾀｲﾑ')).toEqual(['使用', '服务器', 'ラグタイム'])
    expect(denseRuns('plain words')).toEqual([])
    expect(splitScripts('使用Node服务器')).toEqual([{ text: '使用', dense: true }, { text: 'Node', dense: false }, { text: '服务器', dense: true }])
    expect(splitScripts('Node')).toEqual([{ text: 'Node', dense: false }])
  })

  it('are indexed in overlapping pairs, so that every letter begins an entry', () => {
    expect(denseGrams('图书馆')).toEqual(['图书', '书馆', '馆'])
    expect(densePhrase('图书馆')).toEqual({ phrase: '图书 书馆', prefix: false })
    expect(densePhrase('书')).toEqual({ phrase: '书', prefix: true })
  })

  it('keep the marks of their letters, which FTS5 would break at', () => {
    const grams = denseGrams('ที่นี่')
    expect(grams).toHaveLength(6)
    for (const gram of grams) expect(gram).toMatch(/^[\p{L}\p{Co}]+$/u)
    expect(denseGrams('ที่')).not.toEqual(denseGrams('ทื่'))
    expect(densePhrase('นี่').phrase).toBe(grams[3])
  })
})

describe('compounds', () => {
  it('are indexed by runs of four letters without accents', () => {
    expect(compoundGrams('straßenbaum')).toEqual(['stra', 'traß', 'raße', 'aßen', 'ßenb', 'enba', 'nbau', 'baum'].map(gram => gram + mark))
    expect(compoundGrams('säge')).toEqual([])
    expect(compoundPhrase('bäume')).toBe(`baum${mark} aume${mark}`)
    expect(compoundPhrase('see')).toBeNull()
  })
})
