import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { historyMessages, requestBody } from '../../../../server/answer/prompt.ts'
import { REWRITE_PROMPT } from '../../../../server/answer/prompts/rewrite.ts'
import { SEARCH_TOOL } from '../../../../server/answer/prompts/search-tool.ts'
import { SYSTEM_PROMPT } from '../../../../server/answer/prompts/system.ts'
import { PROMPT_VERSION } from '../../../../server/answer/prompts/version.ts'
import { citationOf, quoteFirstSentence, type Reply } from '../../../server/support/anthropic.ts'
import { claudeStage } from './claude-stage.ts'
import { wordRetriever } from './fixtures.ts'

const { run, joplin, lamb } = claudeStage()
const HISTORY = [
  { role: 'user' as const, content: 'What is the Maple Leaf Rag?' }, { role: 'assistant' as const, content: 'A rag.' },
  { role: 'user' as const, content: 'Who wrote it?' }, { role: 'assistant' as const, content: 'Scott Joplin.' },
]

/** Of every wording that was ever in use, by version. Change a text: raise PROMPT_VERSION and add its line here. */
const WORDINGS: Record<number, string> = {
  1: 'e805418d798c0031',
}

it('a wording that changes gets a version of its own', () => {
  const wording = createHash('sha256').update(JSON.stringify([SYSTEM_PROMPT, SEARCH_TOOL, REWRITE_PROMPT])).digest('hex').slice(0, 16)
  expect(WORDINGS[PROMPT_VERSION], `The prompts are ${wording} now: raise PROMPT_VERSION and add this wording.`).toBe(wording)
  expect(Object.keys(WORDINGS).length).toBe(PROMPT_VERSION)
})

it('the prompt holds nothing that differs from one request to the next, and names the one tool as it is called', () => {
  expect(SYSTEM_PROMPT + SEARCH_TOOL.description).not.toMatch(/\b20\d\d\b|\d{2}:\d{2}|\/home\/|undefined|\[object/)
  expect(SYSTEM_PROMPT).toContain(SEARCH_TOOL.name)
  expect(SEARCH_TOOL).toMatchObject({ name: 'search_documents', input_schema: { required: ['query'] } })
  expect(Object.keys(SEARCH_TOOL.input_schema.properties as object)).toEqual(['query'])
})

describe('what is cached', () => {
  const search = (query: string): Reply => ({ steps: [{ type: 'tool', name: 'search_documents', input: { query } }] })
  const marks = (value: unknown): number => JSON.stringify(value).split('"cache_control"').length - 1

  it('stands in the order in which the API reads it, with its marks behind what stays', async () => {
    const { requests } = await run([search('Joseph Lamb'), search('New Jersey'), search('Texarkana'), quoteFirstSentence], { history: HISTORY, question: 'Where was the Maple Leaf Rag published?', retriever: wordRetriever([...joplin, ...lamb]) })
    expect(requests).toHaveLength(4)
    for (const [round, { body }] of requests.entries()) {
      const keys = Object.keys(body)
      expect(keys.filter(key => ['tools', 'system', 'messages'].includes(key))).toEqual(['tools', 'system', 'messages'])
      expect(marks(body)).toBeLessThanOrEqual(4)
      expect(marks(body.system)).toBe(1)
      expect(marks(body.messages.slice(0, HISTORY.length))).toBe(1)
      expect(marks(body.messages[HISTORY.length - 1])).toBe(1)
      expect(marks(body.messages.slice(HISTORY.length))).toBe(round === 0 ? 0 : 1)
      expect(marks(body.messages.at(-1))).toBe(round === 0 ? 0 : 1)
    }
  })

  it('is the whole of the call before, byte for byte but for the marks', async () => {
    const { requests } = await run([search('Joseph Lamb'), search('New Jersey'), quoteFirstSentence], { history: HISTORY, retriever: wordRetriever([...joplin, ...lamb]) })
    const bare = ({ body }: typeof requests[number]) => JSON.stringify([body.tools, body.system, body.messages]).replaceAll(',"cache_control":{"type":"ephemeral"}', '')
    for (const [index, request] of requests.slice(1).entries()) {
      expect(bare(request).startsWith(bare(requests[index]!).slice(0, -2))).toBe(true)
    }
  })

  it('grows with the chat: the next question begins with all that was marked for this one', () => {
    const text = (history: typeof HISTORY) => JSON.stringify(historyMessages(history).map(({ role, content }) => [role, typeof content === 'string' ? content : content.map(block => 'text' in block ? block.text : '').join('')])).slice(0, -1)
    expect(text(HISTORY).startsWith(text(HISTORY.slice(0, 2)))).toBe(true)
  })

  it('keeps the tool when it may not be used any more', () => {
    const messages = [{ role: 'user' as const, content: 'Why?' }]
    const [first, last] = [true, false].map(maySearch => requestBody('claude-sonnet-5-5', messages, { maySearch }))
    expect(last!.tools).toEqual(first!.tools)
    expect(last!.tool_choice).toEqual({ type: 'none' })
  })
})

it('what Claude wrote around its searches goes back without being counted as a source', async () => {
  const { requests, error } = await run([
    ({ body }) => ({ steps: [{ type: 'text', text: 'Sedalia.', citations: [citationOf(body, 0, 0)] }, { type: 'tool', name: 'search_documents', input: { query: 'Joseph Lamb' } }] }),
    quoteFirstSentence,
  ], { retriever: wordRetriever([...joplin, ...lamb]) })
  expect(error).toBeNull()
  expect(requests[1]!.body.messages.at(-2)).toMatchObject({ role: 'assistant', content: [{ type: 'text', text: 'Sedalia.' }, { type: 'tool_use' }] })
})
