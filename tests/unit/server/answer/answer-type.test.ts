import { describe, expect, it } from 'vitest'
import { answerTypeOf, asksForNumber, holdsAnswerType, type AnswerType } from '../../../../server/answer/answer-type.ts'

describe('answerTypeOf', () => {
  it.each([
    ['When was the Maple Leaf Rag published?', 'date'],
    ['In what year did Joplin die?', 'year'],
    ['What is the date of the contract?', 'date'],
    ['How many copies were sold?', 'number'],
    ['How much did Stark pay for the rag?', 'money'],
    ['How long did the craze last?', 'duration'],
    ['What percentage of the rolls survived?', 'percent'],
    ['What was the population of Sedalia?', 'number'],
    ['Who published it?', 'person'],
    ['Which composer admired Joplin?', 'person'],
    ['Which company made the rolls?', 'name'],
    ['Where was Lamb born?', 'place'],
    ['Which city had the exposition?', 'place'],
    ['Why did ragtime end?', 'reason'],
    ['What caused the end of ragtime?', 'reason'],
    ['When imperialism changes a culture, what is it called?', null],
    ['When Joplin left Texas, where did he go?', 'place'],
    ['How does Ragtime check a citation?', null],
    ['Was ragtime heard in Chicago?', null],
    ['Wann wurde der Rag veröffentlicht?', null],
    ['谁发明了自行车？', null],
  ] as [string, AnswerType | null][])('“%s” asks for: %s', (question, type) => {
    expect(answerTypeOf(question)).toBe(type)
  })

  it('knows the questions that only a number answers', () => {
    expect(asksForNumber('How many copies were sold?')).toBe(true)
    expect(asksForNumber('Who sold the copies?')).toBe(false)
  })
})

describe('holdsAnswerType', () => {
  it.each([
    ['year', 'The rag appeared in 1899.', 'In what year did it appear?', 1],
    ['year', 'The rag appeared soon after.', 'In what year did it appear?', 0],
    ['year', 'In 1899 the rag appeared.', 'In what year after 1899 did it sell best?', 0],
    ['number', 'It sold half a million copies.', 'How many copies did it sell?', 1],
    ['number', 'In 1899 it sold well.', 'How many copies did it sell?', 0.5],
    ['money', 'He got a royalty of one cent.', 'How much was he paid?', 1],
    ['percent', 'About 91% of the land is pasture.', 'What percentage is pasture?', 1],
    ['duration', 'The craze lasted twenty years.', 'How long did it last?', 1],
    ['person', 'It was published by John Stark.', 'Who published it?', 1],
    ['person', 'It was published in May.', 'Who published it?', 0],
    ['person', 'The publisher was Joplin’s friend.', 'Who was Joplin’s friend?', 0],
    ['reason', 'It failed because nobody paid.', 'Why did it fail?', 1],
  ] as [AnswerType, string, string, number][])('%s in “%s”', (type, sentence, question, holds) => {
    expect(holdsAnswerType(type, sentence, question)).toBe(holds)
  })
})
