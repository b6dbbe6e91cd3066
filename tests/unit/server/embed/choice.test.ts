import { describe, expect, it } from 'vitest'
import { parseChoice } from '../../../../server/embed/choice.ts'

describe('parseChoice', () => {
  it.each([
    ['minilm', { kind: 'shipped' }],
    ['none', { kind: 'none' }],
    ['/models/bge', { kind: 'folder', path: '/models/bge' }],
    ['./bge', { kind: 'folder', path: './bge' }],
    ['../bge', { kind: 'folder', path: '../bge' }],
    ['Xenova/bge-small-en-v1.5', { kind: 'hub', id: 'Xenova/bge-small-en-v1.5' }],
    ['voyage:voyage-3.5', { kind: 'hosted', provider: 'voyage', model: 'voyage-3.5' }],
    ['openai:nomic-embed-text:latest', { kind: 'hosted', provider: 'openai', model: 'nomic-embed-text:latest' }],
    ['openai:BAAI/bge-m3', { kind: 'hosted', provider: 'openai', model: 'BAAI/bge-m3' }],
  ])('reads %s', (text, choice) => expect(parseChoice(text)).toEqual(choice))

  it.each(['MiniLM', '', 'bge', 'a/b/c', 'a/..', '..a/b', 'a--b/c', 'voyage:', 'cohere:embed', 'openai:a b', 'http://hub/model'])(
    'refuses %j', text => expect(parseChoice(text)).toBeNull())
})
