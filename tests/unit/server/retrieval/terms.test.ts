import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { identifierParts, piecesOf, queryTerms, splitIdentifier } from '../../../../server/retrieval/terms.ts'

describe('splitIdentifier', () => {
  it.each([
    ['getUserName', ['get', 'User', 'Name']],
    ['parseHTTPBody_v2', ['parse', 'HTTP', 'Body', 'v2']],
    ['utf8Decode', ['utf8', 'Decode']],
    ['__init__', ['init']],
    ['piano', ['piano']],
    ['NASA', ['NASA']],
  ])('%s', (word, parts) => expect(splitIdentifier(word)).toEqual(parts))

  it('loses no character but underscores', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (word) => {
      expect(splitIdentifier(word).join('')).toBe(word.replaceAll('_', ''))
    }))
  })
})

describe('identifierParts', () => {
  it('gives the parts of camelCase words alone, each once', () => {
    expect(identifierParts('The readFile and readLine of snake_case, once.')).toEqual(['read', 'File', 'Line'])
    expect(identifierParts('Plain words only.')).toEqual([])
  })
})

describe('piecesOf', () => {
  it.each([
    ['What does parseHTTPBody read?', ['parse', 'http', 'body']],
    ['How does DistilBERT differ from BERT?', ['distil']],
    ['max_tokens', ['max', 'tokens']],
    ['Plain words only.', []],
  ])('%s', (query, pieces) => expect([...piecesOf(query)]).toEqual(pieces))
})

describe('queryTerms', () => {
  it.each([
    ['What is the capital of France?', ['capital', 'france']],
    [`Why doesn't parseBody work?`, ['parsebody', 'parse', 'body', 'work']],
    ['max_tokens', ['max_tokens', 'max', 'tokens']],
    ['Crème brûlée', ['crème', 'brûlée']],
    ['to be or not to be', ['to', 'be', 'or', 'not']],
    ['getUserById get_user_by_id GET_USER_BY_ID', ['getuserbyid', 'get', 'user', 'id', 'get_user_by_id']],
    ['user-service.config.maxRetries2', ['user', 'service', 'config', 'maxretries2', 'max', 'retries2']],
    ['Wann starb der Mann?', ['starb', 'mann']],
    ['The man who would die', ['man', 'die']],
    ['¿Cuándo nació el compositor de la ópera?', ['nació', 'compositor', 'ópera']],
    ['在北京使用Node的图书馆在哪里？', ['北京', '使用', 'node', '图书', '馆']],
    ['什么', ['什么']],
    ['?!', []],
  ])('%s', (query, terms) => expect(queryTerms(query)).toEqual(terms))

  it('is bounded and never empty where there is a word', () => {
    expect(queryTerms(Array.from({ length: 500 }, (_, i) => `word${i}`).join(' '))).toHaveLength(64)
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (query) => {
      expect(queryTerms(query).length > 0).toBe(/[\p{L}\p{N}]/u.test(query.normalize('NFC')))
    }))
  })
})
