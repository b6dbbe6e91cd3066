import { describe, expect, it } from 'vitest'
import { questionParts } from '../../../../server/retrieval/question-parts.ts'

describe('questionParts', () => {
  it.each([
    ['What is a cakewalk and when was the Maple Leaf Rag published?', ['What is a cakewalk', 'when was the Maple Leaf Rag published?']],
    ['Who wrote Treemonisha? And in which year was the Entertainer printed?', ['Who wrote Treemonisha?', 'And in which year was the Entertainer printed?']],
    ['How long is the warranty, and to whom do customers send broken parts?', ['How long is the warranty', 'to whom do customers send broken parts?']],
    ['Which port is used; how is TLS switched on; and where do logs go?', ['Which port is used', 'how is TLS switched on', 'where do logs go?']],
    ['¿Dónde nació Joplin? ¿Quién publicó Maple Leaf Rag?', ['¿Dónde nació Joplin?', '¿Quién publicó Maple Leaf Rag?']],
  ])('cuts %s', (query, parts) => expect(questionParts(query)).toEqual(parts))

  it.each([
    'When was the Maple Leaf Rag published?',
    'What model sizes are reported for BERT, and what are their specifications?',
    'Who founded the publisher and when did he die?',
    'Which datasets were used and why?',
    'What is the relation of capitalism, imperialism, and what?',
    'I read about Joplin and what he wrote',
    'Tell me about rags and marches',
    '',
  ])('leaves “%s” whole', query => expect(questionParts(query)).toEqual([]))

  it('keeps a part that points back with the one before it', () => {
    expect(questionParts('What is ragtime? Who played it first? When did stride piano begin?'))
      .toEqual(['What is ragtime? Who played it first?', 'When did stride piano begin?'])
  })

  it('takes a list of many questions as a whole', () => {
    const list = (count: number) => Array.from({ length: count }, (_, i) => `What does setting number${i} change?`).join(' ')
    expect(questionParts(list(4))).toHaveLength(4)
    expect(questionParts(list(5))).toEqual([])
  })

  it('does not take long for a page of text', () => {
    expect(questionParts('and '.repeat(2_000))).toEqual([])
    expect(questionParts(', and what '.repeat(800))).toEqual([])
  })
})
