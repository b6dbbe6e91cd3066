import type Anthropic from '@anthropic-ai/sdk'
import { expect, it } from 'vitest'
import { ClaudeWriter } from '../../../../server/answer/claude-writer.ts'
import { Passages } from '../../../../server/answer/passages.ts'
import type { AnswerEvent } from '../../../../server/answer/types.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { insertDocument, textOf } from './fixtures.ts'
import { pointers } from './claude-stage.ts'

const { db } = temporaryDatabase()
const chunks = insertDocument(db, { title: 'Joplin', paragraphs: ['Joplin was born in Texas. He moved to Sedalia.'] })

function written(...steps: (object | 'pause' | 'end')[]): AnswerEvent[] {
  const passages = new Passages()
  passages.add(chunks)
  const writer = new ClaudeWriter(passages)
  return steps.flatMap(step => [...step === 'pause' ? writer.pause() : step === 'end' ? writer.end() : writer.accept(step as Anthropic.RawMessageStreamEvent)])
}

const open = (index: number, text = '', citations: object[] | null = null) => ({ type: 'content_block_start', index, content_block: { type: 'text', text, citations } })
const add = (index: number, text: string) => ({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } })
const cite = (index: number, block: number, cited_text: string) => ({
  type: 'content_block_delta', index, delta: { type: 'citations_delta', citation: { type: 'search_result_location', search_result_index: 0, start_block_index: block, end_block_index: block + 1, cited_text } },
})
const close = (index: number) => ({ type: 'content_block_stop', index })
const BORN = 'Joplin was born in Texas.'

it('puts a citation behind the whole text of its block, whenever it came', () => {
  const events = written(open(0), cite(0, 0, BORN), add(0, 'In '), add(0, 'Texas.'), close(0), open(1), add(1, ' Yes.'), close(1), 'end')
  expect(events.map(({ type }) => type)).toEqual(['status', 'delta', 'delta', 'pointer', 'delta'])
  expect(pointers(events)).toMatchObject([{ quote: BORN, covers: 9 }])
})

it('takes text and citations that come with the start of a block', () => {
  const events = written(open(0, 'In Texas.', [cite(0, 0, BORN).delta.citation]), close(0), 'end')
  expect(textOf(events)).toBe('In Texas.')
  expect(pointers(events)).toMatchObject([{ covers: 9 }])
})

it('counts for a citation only the text of its own block, also where the end of the one before was held back', () => {
  const events = written(open(0), add(0, 'See <'), close(0), open(1), add(1, 'In Texas.'), cite(1, 0, BORN), close(1), 'end')
  expect(textOf(events)).toBe(String.raw`See \<In Texas.`)
  expect(pointers(events)).toMatchObject([{ covers: 9 }])
})

it('lets no citation stand behind the text of another block', () => {
  expect(pointers(written(open(0), add(0, 'Well.'), close(0), open(1), cite(1, 0, BORN), close(1), 'end'))).toEqual([])
})

it('begins a paragraph after a search, and only where something follows and something was there', () => {
  expect(textOf(written('pause', open(0), add(0, 'One.'), close(0), 'pause', open(0), add(0, 'Two.'), close(0), 'pause', 'end'))).toBe('One.\n\nTwo.')
})
