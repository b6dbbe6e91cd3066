import { describe, expect, it } from 'vitest'
import { KNOWN_MODEL_NAMES, knownModel, MAX_WINDOW } from '../../../../server/embed/registry.ts'

describe('the registry of local models', () => {
  it('knows each of its models, whatever the case of the name', () => {
    for (const name of KNOWN_MODEL_NAMES) {
      expect(knownModel(name.toUpperCase())).toBe(knownModel(name))
      expect(knownModel(name)!.window).toBeLessThanOrEqual(MAX_WINDOW)
    }
    expect(knownModel('bge-small-en')).toBeNull()
    expect(knownModel('constructor')).toBeNull()
  })

  it('pools and prefixes as the model cards say', () => {
    expect(knownModel('bge-small-en-v1.5')).toMatchObject({ pooling: 'cls', dimensions: 384, prefixes: { document: '', query: expect.stringMatching(/passages: $/) as string } })
    expect(knownModel('multilingual-e5-small')).toMatchObject({ pooling: 'mean', dimensions: 384, prefixes: { query: 'query: ', document: 'passage: ' } })
    expect(knownModel('snowflake-arctic-embed-m')).toMatchObject({ pooling: 'cls', dimensions: 768 })
    expect(knownModel('nomic-embed-text-v1.5')).toMatchObject({ pooling: 'mean', dimensions: 768, prefixes: { query: 'search_query: ', document: 'search_document: ' } })
    expect(knownModel('all-MiniLM-L6-v2')).toMatchObject({ pooling: 'mean', dimensions: 384, window: 256 })
  })
})
