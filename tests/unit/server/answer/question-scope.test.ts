import { describe, expect, it } from 'vitest'
import { asksForMore, asksForSeveral } from '../../../../server/answer/question-scope.ts'

describe('what a question wants', () => {
  it.each(['Which dances took the place of the waltz?', 'What are the strains of a rag?', 'What new instruments were bought?', 'Who were the founders?', 'In what ways did the town change?', 'Name the ports of the island.', 'List all harbours'])(
    '“%s” wants several things', (question) => {
      expect(asksForSeveral(question)).toBe(true)
      expect(asksForMore(question)).toBe(true)
    })

  it.each(['How does the lock work?', 'Why was the bridge closed?', 'Describe the lock.', 'Please explain how tides come about'])(
    '“%s” wants an account', (question) => {
      expect(asksForSeveral(question)).toBe(false)
      expect(asksForMore(question)).toBe(true)
    })

  it.each(['Which dance is the oldest?', 'What does this say?', 'Which actress was born here?', 'What census was the last?', 'How many ships were built?', 'Who was the founder?', 'When were the ships built?', 'Wer baute die Schiffe?'])(
    '“%s” wants one thing', (question) => {
      expect(asksForSeveral(question)).toBe(false)
      expect(asksForMore(question)).toBe(false)
    })
})
