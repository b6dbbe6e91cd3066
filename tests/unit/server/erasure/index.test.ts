import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../../../shared/schemas/chats.ts'
import { saveCitations } from '../../../../server/db/citations.ts'
import { createChat } from '../../../../server/db/chats.ts'
import { listChunks } from '../../../../server/db/chunks.ts'
import { findDocumentRecord } from '../../../../server/db/documents.ts'
import { getFeedback } from '../../../../server/db/feedback.ts'
import { finishAnswer, getMessage, insertAnswer, insertQuestion } from '../../../../server/db/messages.ts'
import { appendEvents, finishRun, insertRun, readEvents } from '../../../../server/db/runs.ts'
import { giveFeedback } from '../../../../server/answer/feedback.ts'
import { eraseDocument, type ErasureContext } from '../../../../server/erasure/index.ts'
import { QUOTE_MARK } from '../../../../server/erasure/redact.ts'
import { incomingDir } from '../../../../server/ingest/files.ts'
import { counts, harness, longText, type Harness } from '../ingest/support/harness.ts'

const CANARY = 'xylophonistcanary'

function context(h: Harness, more: Partial<ErasureContext> = {}): ErasureContext {
  return { db: h.db, databasePath: h.path, filesDir: h.filesDir, ingest: h.ingest, stopRun: async () => {}, countBackups: async () => 0, ...more }
}

/** A finished answer that quotes the document's first sentence, as a run stores it. */
function quoteIn(h: Harness, documentId: string): { messageId: string, runId: string, quote: string } {
  const chunk = listChunks(h.db, findDocumentRecord(h.db, documentId)!.key, { from: 0, limit: 1 }).items[0]!
  const quote = chunk.text.slice(0, chunk.text.indexOf('.') + 1)
  const chat = createChat(h.db, {})
  const messageId = insertAnswer(h.db, { chatId: chat.id, replyTo: insertQuestion(h.db, chat.id, 'What was played?'), model: 'extractive' })
  const run = insertRun(h.db, { chatId: chat.id, messageId, model: 'extractive', filters: {} })
  const content = `Quoted:\n\n> ${quote}`
  const place = { documentId, title: `Title ${CANARY}`, page: 1, start: chunk.start, end: chunk.start + quote.length, chunkId: chunk.id }
  const last = { type: 'done', data: { messageId, outcome: 'answered', sentences: [], droppedCitations: 0 } } satisfies RunEvent
  appendEvents(h.db, run.id, [
    { type: 'sources', data: { query: 'q', mode: 'keyword', chunks: [{ ...place, headingPath: [], text: chunk.text, score: 1 }] } },
    { type: 'delta', data: { text: content } },
    { type: 'citation', data: { ...place, n: 1, quote, at: content.length } },
    last,
  ])
  saveCitations(h.db, messageId, [{ ...place, n: 1, quote, anchors: [content.length] }])
  finishAnswer(h.db, messageId, { content, status: 'complete', outcome: 'answered', sentences: [{ start: 11, end: content.length, supported: true }], error: null })
  finishRun(h.db, run.id, 'done')
  return { messageId, runId: run.id, quote }
}

/** Every byte under the data folder. */
function everyByte(h: Harness): string {
  return readdirSync(dirname(h.path), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n')
}

describe('eraseDocument', () => {
  it('leaves not a word of the document in any file, its quotes in answers included, and says so', async () => {
    const h = harness()
    const { id } = await h.add(longText(12, CANARY), { filename: `${CANARY}.txt`, title: `Title ${CANARY}` })
    await h.add('Another one stays, with a sentence of its own.')
    await h.ingest.drain()
    const { messageId, runId } = quoteIn(h, id)
    const before = counts(h.db)
    expect(everyByte(h)).toContain(CANARY)

    const receipt = await eraseDocument(context(h, { countBackups: async () => 3 }), id, { answers: 'erase' })
    expect(everyByte(h)).not.toContain(CANARY)
    expect(receipt).toMatchObject({
      documentId: id, answers: 'erase', backups: 3,
      removed: { pages: before.pages - 1, chunks: before.chunks - 1, fullTextRows: before.chunks - 1, vectors: before.chunks - 1, quotes: 1, runEvents: 3, files: 1 },
      marked: { answers: 1, citations: 1 },
      scan: { found: 0, heldElsewhere: 0, complete: true, clean: true },
    })
    expect(receipt.scan.sampled).toBeGreaterThan(10)
    expect(getMessage(h.db, messageId)).toMatchObject({
      content: `Quoted:\n\n> ${QUOTE_MARK}`,
      citations: [{ n: 1, documentId: id, quote: '', title: '', sourceDeletedAt: expect.any(String) as string, anchors: [11 + QUOTE_MARK.length] }],
    })
    expect(readEvents(h.db, runId, 0, 10).map(({ event }) => event.type)).toEqual(['done'])
    expect(counts(h.db)).toMatchObject({ documents: 1, chunks: 1 })
  })

  it('keeps quotes with a mark where the owner chose so, and tells them from remains', async () => {
    const h = harness()
    const { id } = await h.add(longText(1))
    await h.ingest.drain()
    const { messageId, quote, runId } = quoteIn(h, id)
    const receipt = await eraseDocument(context(h), id, { answers: 'mark' })
    expect(receipt).toMatchObject({ removed: { quotes: 0 }, marked: { answers: 1, citations: 1 }, scan: { found: 0, clean: true } })
    expect(getMessage(h.db, messageId)).toMatchObject({ content: `Quoted:\n\n> ${quote}`, citations: [{ quote, sourceDeletedAt: expect.any(String) as string }] })
    // The passages around the quotes were not what the owner kept.
    expect(readEvents(h.db, runId, 0, 10).map(({ event }) => event.type)).toEqual(['done'])
  })

  it.each(['erase', 'mark'] as const)('deals with the wanted passages of judged answers as with quotes: %s', async (answers) => {
    const h = harness()
    const { id } = await h.add(longText(12, CANARY), { filename: 'notes.txt', title: `Title ${CANARY}` })
    await h.ingest.drain()
    const { messageId, quote } = quoteIn(h, id)
    const before = giveFeedback(h.db, messageId, { verdict: 'down', note: 'Not this one.', wanted: [{ documentId: id, start: 0, end: 200 }] })
    expect(before.wanted).toMatchObject([{ title: `Title ${CANARY}`, quote: expect.stringContaining(CANARY) as string }])
    const receipt = await eraseDocument(context(h), id, { answers })
    const after = getFeedback(h.db, before.id)!
    expect(after).toMatchObject({ question: 'What was played?', note: 'Not this one.', wanted: [{ documentId: id, start: 0, end: 200, title: null }] })
    if (answers === 'erase') {
      expect(everyByte(h)).not.toContain(CANARY)
      expect(after.wanted[0]!.quote).toBe('')
      expect(receipt).toMatchObject({ removed: { quotes: 2 }, scan: { clean: true } })
    }
    else {
      expect(after.wanted[0]!.quote).toContain(quote)
      expect(receipt).toMatchObject({ removed: { quotes: 0 }, scan: { found: 0, clean: true } })
    }
  })

  it('explains a sentence that another document holds as well', async () => {
    const h = harness()
    const text = longText(1)
    const { id } = await h.add(text)
    await h.add(`${text} And one more.`)
    await h.ingest.drain()
    const { scan } = await eraseDocument(context(h), id, { answers: 'erase' })
    expect(scan.heldElsewhere).toBe(scan.sampled)
    expect(scan).toMatchObject({ found: 0, clean: true })
  })

  it('explains a sentence that stands in the stored file of another document, in whatever form that was read', async () => {
    const h = harness()
    const text = longText(1)
    const { id } = await h.add(text)
    await h.ingest.drain()
    h.extractor.onPage = () => {
      throw new Error('unreadable')
    }
    await h.add(`%PDF-1.7 ${text}`)
    await h.ingest.drain()
    expect(counts(h.db).pages).toBe(1)
    const { scan } = await eraseDocument(context(h), id, { answers: 'erase' })
    expect(scan.heldElsewhere).toBe(scan.sampled)
    expect(scan).toMatchObject({ found: 0, clean: true })
  })

  it('gives the space back to the disk', async () => {
    const h = harness()
    const { id } = await h.add(longText(40))
    await h.ingest.drain()
    const pages = () => h.db.pragma('page_count', { simple: true }) as number
    const before = pages()
    await eraseDocument(context(h), id, { answers: 'erase' })
    expect(pages()).toBeLessThan(before)
    expect(h.db.pragma('freelist_count', { simple: true })).toBe(0)
  })

  it('finds what a deletion forgot', async () => {
    const h = harness()
    const { id } = await h.add(longText(1))
    await h.ingest.drain()
    const chunk = listChunks(h.db, findDocumentRecord(h.db, id)!.key, { from: 0, limit: 1 }).items[0]!
    writeFileSync(join(incomingDir(h.filesDir), 'forgotten'), chunk.text)
    const { scan } = await eraseDocument(context(h), id, { answers: 'erase' })
    expect(scan.found).toBeGreaterThan(0)
    expect(scan.clean).toBe(false)
  })

  it('ends an answer that is being written from the document', async () => {
    const h = harness()
    const { id } = await h.add(longText(1))
    await h.ingest.drain()
    const { messageId } = quoteIn(h, id)
    const chat = createChat(h.db, {})
    const answer = insertAnswer(h.db, { chatId: chat.id, replyTo: insertQuestion(h.db, chat.id, 'And then?'), model: 'extractive' })
    const run = insertRun(h.db, { chatId: chat.id, messageId: answer, model: 'extractive', filters: {} })
    appendEvents(h.db, run.id, [{ type: 'sources', data: { query: 'q', mode: 'keyword', chunks: [{ documentId: id, text: CANARY, chunkId: id, title: '', page: 1, start: 0, end: 1, headingPath: [], score: 1 }] } }])
    const stopped: string[] = []
    await eraseDocument(context(h, {
      stopRun: async (runId) => {
        stopped.push(runId)
        appendEvents(h.db, runId, [{ type: 'interrupted', data: { messageId: answer, message: 'stopped' } }])
        finishRun(h.db, runId, 'stopped')
      },
    }), id, { answers: 'erase' })
    expect(stopped).toEqual([run.id])
    expect(everyByte(h)).not.toContain(CANARY)
    expect(getMessage(h.db, messageId)!.citations[0]!.quote).toBe('')
  })

  it('counts no file that was gone before', async () => {
    const h = harness()
    const { id } = await h.add(longText(1))
    await h.ingest.drain()
    rmSync(join(h.filesDir, findDocumentRecord(h.db, id)!.contentHash))
    expect(await eraseDocument(context(h), id, { answers: 'erase' })).toMatchObject({ removed: { files: 0, bytes: 0 }, scan: { clean: true } })
  })

  it.each(['queued', 'failed'])('deletes a %s document', async (state) => {
    const h = harness()
    if (state === 'failed') {
      h.extractor.onPage = () => {
        throw new Error('no')
      }
    }
    const { id } = await h.add(longText(1))
    if (state === 'failed') await h.ingest.drain()
    expect(await eraseDocument(context(h), id, { answers: 'erase' })).toMatchObject({ removed: { pages: 0, files: 1 }, scan: { sampled: 0, clean: true } })
    await expect(eraseDocument(context(h), id, { answers: 'erase' })).rejects.toMatchObject({ status: 404 })
  })
})
