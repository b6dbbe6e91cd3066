import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { CHUNK_CONTEXT_PROMPT, CHUNK_CONTEXT_QUESTION, CHUNK_CONTEXT_VERSION } from '../../../../server/answer/prompts/chunk-context.ts'
import { costOf } from '../../../../server/answer/models.ts'
import { CONTEXT_MODEL, contextRequest, mostCost } from '../../../../server/context/request.ts'
import { temporaryDatabase } from '../../support/database.ts'

/** Of every wording that was ever in use, by version. Change a text: raise CHUNK_CONTEXT_VERSION and add its line here. */
const WORDINGS: Record<number, string> = {
  1: '6f60dca9d00da5d8',
}

it('a wording that changes gets a version of its own', () => {
  const wording = createHash('sha256').update(JSON.stringify([CHUNK_CONTEXT_PROMPT, CHUNK_CONTEXT_QUESTION])).digest('hex').slice(0, 16)
  expect(WORDINGS[CHUNK_CONTEXT_VERSION], `The prompt is ${wording} now: raise CHUNK_CONTEXT_VERSION and add this wording.`).toBe(wording)
  expect(Object.keys(WORDINGS).length).toBe(CHUNK_CONTEXT_VERSION)
})

describe('contextRequest', () => {
  const { db } = temporaryDatabase()
  db.exec(`INSERT INTO documents (key, id, content_hash, title, filename, media_type, bytes, status, created_at, updated_at) VALUES (1, 'a', 'a', 'A book', 'a.txt', 'text/plain', 1, 'ready', '', '')`)
  const page = db.prepare(`INSERT INTO pages (document_key, number, start, end, text, blocks) VALUES (1, ?, ?, ?, ?, '[]')`)
  const pages = ['a', 'b', '槭', '1'].map((letter, index) => ({ text: letter.repeat(50_000), start: index * 50_000 }))
  for (const [index, { text, start }] of pages.entries()) page.run(index + 1, start, start + text.length, text)
  const document = { key: 1, title: 'A book', length: 200_000 }
  const prefixOf = (start: number) => (contextRequest(db, document, { start, text: 'a chunk', headingPath: ['One', 'Two'] }).messages[0]!.content as { text: string }[])[0]!.text

  it('carries the part of a long document that the chunk stands in, the same for all of its chunks', () => {
    expect(prefixOf(0)).toBe(prefixOf(59_999))
    expect(prefixOf(60_000)).not.toBe(prefixOf(0))
    expect(prefixOf(0)).toBe(`Title: A book\n\n${'a'.repeat(50_000)}${'b'.repeat(12_000)}`)
    expect(prefixOf(199_000).length).toBeLessThan(25_000)
  })

  it('says where the chunk stands, and costs no more than it says', () => {
    const body = contextRequest(db, document, { start: 100_000, text: 'a chunk', headingPath: ['One', 'Two'] })
    expect((body.messages[0]!.content as { text: string }[])[1]!.text).toBe(`${CHUNK_CONTEXT_QUESTION}\n\nUnder the headings: One › Two\n\na chunk`)
    for (const start of [0, 60_000, 120_000]) {
      const most = mostCost(contextRequest(db, document, { start, text: 'x', headingPath: [] }))
      expect(most).toBeLessThan(Infinity)
      expect(most).toBeGreaterThan(costOf(CONTEXT_MODEL, { inputTokens: 0, outputTokens: 160, cacheReadTokens: 0, cacheWriteTokens: prefixOf(start).length / 5 })!)
    }
  })
})
