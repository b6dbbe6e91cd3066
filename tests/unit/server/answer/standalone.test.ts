import { describe, expect, it } from 'vitest'
import { dependsOnHistory, standaloneQuery } from '../../../../server/answer/standalone.ts'
import type { Turn } from '../../../../server/answer/types.ts'

const asked = (...questions: string[]): Turn[] => questions.flatMap(content => [{ role: 'user', content }, { role: 'assistant', content: 'Something.' }] satisfies Turn[])

describe('standaloneQuery', () => {
  it('leaves a question alone that needs nothing from before', () => {
    expect(standaloneQuery('Who composed the Maple Leaf Rag?', asked('What is a cakewalk?'))).toBe('Who composed the Maple Leaf Rag?')
    expect(standaloneQuery('Who composed it?', [])).toBe('Who composed it?')
  })

  it('carries the topic into a follow-up, also over several', () => {
    expect(standaloneQuery('When was it published?', asked('Who composed the Maple Leaf Rag?'))).toBe('When was it published? (composed maple leaf rag)')
    expect(standaloneQuery('And where?', asked('Who composed the Maple Leaf Rag?', 'When was it published?'))).toMatch(/published.*maple leaf rag/)
  })

  it('puts another one in the place of the one before', () => {
    expect(standaloneQuery('What about Lamb?', asked('Where was Joplin born?'))).toBe('What about Lamb? (born)')
    expect(standaloneQuery('And in 1917?', asked('How many rags appeared in 1899?'))).toBe('And in 1917? (many rags appeared)')
    expect(standaloneQuery('And in Texas?', asked('Where did Joplin play?'))).toContain('joplin')
  })

  it('does not drag a topic into a question that has its own', () => {
    const history = asked('What did the contract for the Maple Leaf Rag pay?')
    for (const question of [
      'Why did composers earn nothing from piano rolls at first?', 'So what is a cakewalk?', 'And who was James Scott?', 'Did Joplin sell his songs to Stark?',
      'Is it true that the Columbian Exposition had ragtime?', 'What is stride?', 'How are citations checked?',
    ]) expect(standaloneQuery(question, history), question).toBe(question)
  })

  it('carries the topic in other languages', () => {
    expect(standaloneQuery('Und warum?', asked('Wer erfand das Laufrad?'))).toMatch(/laufrad/)
    expect(standaloneQuery('Wann wurde er geboren?', asked('Wer war Karl Drais?'))).toMatch(/drais/)
    expect(standaloneQuery('¿Y dónde?', asked('¿Cuándo salió la primera exportación?'))).toMatch(/exportación/)
    expect(standaloneQuery('А когда?', asked('Кто построил мост?'))).toMatch(/мост/)
    expect(standaloneQuery('他是谁？', asked('李白'))).toMatch(/李白/)
    expect(standaloneQuery('Wo liegt Mannheim am Rhein?', asked('Wer erfand das Laufrad?'))).toBe('Wo liegt Mannheim am Rhein?')
    expect(standaloneQuery('¿Quién plantó el primer café?', asked('¿Qué es una mula?'))).toBe('¿Quién plantó el primer café?')
  })

  it.each([
    ...['Why?', 'What about Texas?', 'Tell me more', 'Is that true?', 'How old was he?', 'Explain.', 'Publication date?', 'Which publisher?', 'And in 1917?', 'Who was the publisher?', 'And who was the publisher?', 'When was the premiere?', 'Was Lamb his friend?', 'Why not?', 'What did they say about this?']
      .map(question => [question, true] as const),
    ...['What is a cakewalk?', 'What is the cakewalk?', 'What is taken from datasette?', 'Where was Joplin born?', 'Who invented stride?', 'Did Lamb tour?', 'What is the song that made Joplin famous in Sedalia?', 'How many rags did Joseph Lamb publish?', 'Why did ragtime end?', 'Wer erfand das Laufrad?', '谁发明了自行车？']
      .map(question => [question, false] as const),
  ])('“%s” depends on history: %s', (question, depends) => {
    expect(dependsOnHistory(question)).toBe(depends)
  })
})
