import { describe, expect, it } from 'vitest'
import { introduced } from '../../../../server/answer/introduced.ts'
import type { RetrievedChunk } from '../../../../server/retrieval/types.ts'

/** What the first of some sentences is quoted with; they are given with what stands between them. */
function quoted(sentences: string[], between: string[], repeats = false): string | null {
  let text = ''
  const pieces = sentences.map((sentence, index) => {
    const start = text.length + 100
    text += sentence + (between[index] ?? '')
    return { text: sentence, start, end: start + sentence.length }
  })
  const last = introduced({ text, start: 100 } as RetrievedChunk, pieces, 0, () => repeats)
  return last === null ? null : text.slice(0, pieces[last]!.end - 100)
}

describe('introduced', () => {
  it('is what stands on the lines below a colon, up to an empty line', () => {
    expect(quoted(['Three tunes were played:', 'A waltz.', 'A rag.', 'A march.', 'People danced.'], ['\n\n', '\n', '\n', '\n\n'])).toBe('Three tunes were played:\n\nA waltz.\nA rag.\nA march.')
  })

  it('goes on over empty lines for as long as items are marked or have a name', () => {
    expect(quoted(['Two tunes were played:', '1. A waltz.', '2. A rag.', 'People danced.'], ['\n\n', '\n\n', '\n\n'])).toBe('Two tunes were played:\n\n1. A waltz.\n\n2. A rag.')
    expect(quoted(['Two tunes were played:', 'First tune: A waltz.', 'It was slow.', 'Second tune: A rag.', 'People danced.'], ['\n\n', ' ', '\n\n', '\n\n']))
      .toBe('Two tunes were played:\n\nFirst tune: A waltz. It was slow.\n\nSecond tune: A rag.')
  })

  it('is one sentence of a paragraph', () => {
    expect(quoted(['Her advice was this:', 'Play it slowly.', 'The hall was full.', 'It rained.'], ['\n\n', ' ', ' '])).toBe('Her advice was this:\n\nPlay it slowly.')
  })

  it('is the sentence after one that says no more than the question', () => {
    expect(quoted(['Who played the waltz?', 'A girl from the town.', 'People danced.'], [' ', ' '], true)).toBe('Who played the waltz? A girl from the town.')
  })

  it('is nothing where it is missing or too long', () => {
    expect(quoted(['Three tunes were played:'], [])).toBeNull()
    expect(quoted(['Who played the waltz?'], [], true)).toBeNull()
    expect(quoted(['Three tunes were played:', `- ${'A waltz. '.repeat(120)}`], ['\n'])).toBeNull()
  })

  it('is not looked for after any other sentence, or a line of code', () => {
    expect(quoted(['People danced.', 'It rained.'], [' '])).toBe('People danced.')
    expect(quoted(['for tune in tunes:', 'play(tune)'], ['\n'])).toBe('for tune in tunes:')
  })
})
