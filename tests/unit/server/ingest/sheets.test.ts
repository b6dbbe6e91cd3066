import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { createAnswerers } from '../../../../server/answer/answerers.ts'
import { EXTRACTIVE_MODEL } from '../../../../shared/schemas/chats.ts'
import type { AnswerEvent } from '../../../../server/answer/types.ts'
import { listChunks } from '../../../../server/db/chunks.ts'
import { findDocumentRecord } from '../../../../server/db/documents.ts'
import { createExtractor } from '../../../../server/extract/index.ts'
import { createRetriever } from '../../../../server/retrieval/index.ts'
import { harness } from './support/harness.ts'

const program = (path: string) => fileURLToPath(new URL(`../../../../server/${path}`, import.meta.url))
const extractor = createExtractor({ entry: program('extract/child.ts') })
afterAll(() => extractor.close())

/** Words that no two rows share, as in a catalogue of people and things. */
const word = (index: number) => ['ba', 'ce', 'di', 'fo', 'gu', 'ha', 'je', 'ki', 'lo', 'mu'].map((_, place, all) => all[Math.floor(index / 10 ** place) % 10]).slice(0, 4).join('')

test('one of five thousand rows is found and cited, alone and with the names of its columns', { timeout: 180_000 }, async () => {
  const rows = Array.from({ length: 5_000 }, (_, index) => `${word(index)} Rag,${1890 + index % 30},${['Sedalia', 'St. Louis', 'Chicago'][index % 3]},${(index * 7919) % 9973}`)
  const setting = harness({ extractor, embedder: null })
  const { id } = await setting.add(`Title,Year,City,Copies\n${rows.join('\n')}\n`, { filename: 'catalogue.csv' })
  await setting.ingest.drain()
  const record = findDocumentRecord(setting.db, id)!
  expect(record).toMatchObject({ status: 'ready', mediaType: 'text/csv' })

  // Every chunk begins and ends with a row and can be read without the others.
  const chunks = listChunks(setting.db, record.key, { from: 0, limit: 10_000 }).items
  expect(chunks.length).toBeGreaterThan(300)
  for (const { text } of chunks) for (const line of text.split(/\n+/)) expect(line).toMatch(/^Row (?:1 \| Title \| Year \| City \| Copies|\d+ \| Title: \S+ Rag \| Year: \d{4} \| City: \w[\w. ]+ \| Copies: \d+)$/)

  const retriever = await createRetriever({ databasePath: setting.path, entry: program('retrieval/worker.ts'), embedder: null })
  try {
    const answerer = createAnswerers({ embedder: null, anthropic: { apiKey: null, baseUrl: null } })(EXTRACTIVE_MODEL)
    for (const index of [0, 1234, 4321, 4999]) {
      const events: AnswerEvent[] = []
      const question = `How many copies of the ${word(index)} Rag are there?`
      for await (const event of answerer.answer({ question, history: [], filters: {}, model: EXTRACTIVE_MODEL, retriever }, AbortSignal.timeout(60_000))) events.push(event)
      const quotes = events.flatMap(event => event.type === 'pointer' ? [event.data.quote] : [])
      expect(quotes).toContain(`Row ${index + 2} | Title: ${word(index)} Rag | Year: ${1890 + index % 30} | City: ${['Sedalia', 'St. Louis', 'Chicago'][index % 3]} | Copies: ${(index * 7919) % 9973}`)
    }
  }
  finally {
    await retriever.close()
  }
})
