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

  it('knows a follow-up', () => {
    for (const question of ['Why?', 'What about Texas?', 'Tell me more', 'Is that true?', 'How old was he?', 'Explain.', 'Publication date?', 'Which publisher?']) expect(dependsOnHistory(question), question).toBe(true)
    for (const question of ['What is a cakewalk?', 'What is taken from datasette?', 'Where was Joplin born?', 'Who invented stride?', 'Did Lamb tour?', 'What is the song that made Joplin famous in Sedalia?', 'How many rags did Joseph Lamb publish?']) expect(dependsOnHistory(question), question).toBe(false)
  })
})
