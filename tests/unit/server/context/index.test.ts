import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHUNK_CONTEXT_VERSION } from '../../../../server/answer/prompts/chunk-context.ts'
import { createChunkContexts, type ChunkContextOptions, type ChunkContexts } from '../../../../server/context/index.ts'
import { CONTEXT_MODEL } from '../../../../server/context/request.ts'
import { matchFullText } from '../../../../server/db/fulltext.ts'
import { refreshFullTextStep } from '../../../../server/db/fulltext-refresh.ts'
import { setSetting } from '../../../../server/db/settings.ts'
import { summarizeUsage } from '../../../../server/db/usage.ts'
import { ensureVectorIndex } from '../../../../server/db/vectors.ts'
import { embeddingText } from '../../../../server/ingest/embedding-text.ts'
import { startFakeAnthropic, type FakeAnthropic, type Handler, type RecordedRequest, type Reply } from '../../../server/support/anthropic.ts'
import { checkReady, FakeEmbedder, harness, longText, until, type Harness } from '../ingest/support/harness.ts'

let fake: FakeAnthropic
let h: Harness
const open: ChunkContexts[] = []
const said: string[] = []

beforeEach(async () => {
  fake = await startFakeAnthropic()
  h = harness()
  said.splice(0)
})
afterEach(async () => {
  for (const contexts of open.splice(0)) await contexts.stop()
  await fake.close()
})

function start(options: Partial<ChunkContextOptions> = {}) {
  const contexts = createChunkContexts({
    db: h.db, connection: { apiKey: 'sk-test', baseUrl: fake.url }, embedder: h.embedder, limits: { documentUsd: 1, totalUsd: 5 }, hasRoom: () => true,
    log: (level, message) => said.push(`${level} ${message}`), onUsage: () => {}, calls: { backoffMs: 5, maxWaitMs: 50 }, pause: { firstMs: 20, longestMs: 40 }, ...options,
  })
  open.push(contexts)
  return contexts
}

const textsOf = ({ body }: RecordedRequest) => (body.messages[0]!.content as { text: string }[]).map(({ text }) => text)
/** Says something that only it says, and counts tokens as the API does: what stood in a request before comes from the cache. */
function situating(): Handler {
  const known = new Set<string>()
  return (request) => {
    const prefix = textsOf(request)[0]!
    const tokens = Math.ceil(prefix.length / 4)
    const isKnown = known.has(prefix)
    known.add(prefix)
    const number = fake.requests.length
    return { steps: [{ type: 'text', text: `It is about the zyzzyva${number} of Sedalia.` }], usage: { input_tokens: 50, output_tokens: 30, cache_read_input_tokens: isKnown ? tokens : 0, cache_creation_input_tokens: isKnown ? 0 : tokens } }
  }
}
const always = (handler: Handler, times = 200) => fake.next(...Array.from({ length: times }, () => handler))
async function addReady(text = longText(1)): Promise<{ id: string, key: number, chunks: number }> {
  const { id } = await h.add(text)
  h.ingest.kick()
  await h.ingest.drain()
  checkReady(h, id)
  const key = h.db.prepare<[string], number>('SELECT key FROM documents WHERE id = ?').pluck().get(id)!
  return { id, key, chunks: h.db.prepare<[number], number>('SELECT count(*) FROM chunks WHERE document_key = ?').pluck().get(key)! }
}
const stored = () => h.db.prepare<[], { text: string, version: number, indexed: number }>('SELECT text, version, indexed FROM chunk_contexts ORDER BY chunk_key').all()
const isComplete = () => h.db.prepare('SELECT count(*) FROM document_contexts WHERE complete_for IS NOT NULL').pluck().get() === 1
const found = (word: string) => matchFullText(h.db, { forms: [{ phrase: word }], k: 5 }).length

describe('contexts of passages', () => {
  it('are asked for one by one behind a document that stays the same, and stored apart from the text', async () => {
    const { key, chunks } = await addReady()
    const before = h.db.prepare('SELECT text, sentences, start, end FROM chunks ORDER BY key').all()
    always(situating())
    const contexts = start()
    await until(isComplete)
    expect(fake.requests).toHaveLength(chunks)
    const { body } = fake.requests[0]!
    expect(body).toMatchObject({ model: CONTEXT_MODEL, stream: true, max_tokens: 160 })
    expect(JSON.stringify(body).split('cache_control').length - 1).toBe(1)
    expect((body.messages[0]!.content as { cache_control?: unknown }[])[0]!.cache_control).toEqual({ type: 'ephemeral' })
    const prefixes = new Set(fake.requests.map(request => JSON.stringify([request.body.system, textsOf(request)[0]])))
    expect(prefixes.size).toBe(1)
    expect(textsOf(fake.requests[0]!)[0]).toContain('Sentence 99 of page 0')
    const asked = h.db.prepare<[], string>('SELECT text FROM chunks ORDER BY ordinal').pluck().all()
    for (const [index, request] of fake.requests.entries()) expect(textsOf(request)[1]!.endsWith(asked[index]!)).toBe(true)
    expect(stored()).toEqual(asked.map((_, index) => ({ text: `It is about the zyzzyva${index + 1} of Sedalia.`, version: CHUNK_CONTEXT_VERSION, indexed: 1 })))
    expect(h.db.prepare('SELECT text, sentences, start, end FROM chunks ORDER BY key').all()).toEqual(before)
    expect(contexts.status).toMatchObject({ message: null })
    expect(h.db.prepare('SELECT count(*) FROM chunks_vec').pluck().get()).toBe(chunks)
    expect(key).toBeGreaterThan(0)
  })

  it('are found in full text and are in what is embedded, now and with another model', async () => {
    const { chunks } = await addReady()
    always(situating())
    start()
    await until(isComplete)
    expect(found('zyzzyva2')).toBe(1)
    const rows = h.db.prepare<[], { text: string, heading_path: string, embedding: Buffer }>('SELECT text, heading_path, embedding FROM chunks ORDER BY ordinal').all()
    const own = (index: number) => embeddingText({ text: rows[index]!.text, headingPath: JSON.parse(rows[index]!.heading_path) as string[], tokens: h.embedder.countTokens(rows[index]!.text), context: stored()[index]!.text }, 'notes', h.embedder)
    expect(own(1)).toContain('zyzzyva2')
    const [vector] = await h.embedder.embed([own(1)], 'document')
    expect(new Float32Array(new Uint8Array(rows[1]!.embedding).buffer)).toEqual(vector)

    setSetting(h.db, 'full_text', { version: 0, next: null })
    let changed = 0
    for (let step = refreshFullTextStep(h.db); step; step = refreshFullTextStep(h.db)) changed += step.changed
    expect([changed, found('zyzzyva2')]).toEqual([0, 1])

    const other = new class extends FakeEmbedder { override readonly id = 'other-4' as string }()
    ensureVectorIndex(h.db, { embedderId: other.id, dimensions: other.dimensions })
    const queue = h.restart({ embedder: other })
    queue.embedStale()
    queue.kick()
    await queue.drain()
    expect(other.embedded.filter(text => text.includes('zyzzyva'))).toHaveLength(chunks)
    await queue.stop()
  })

  it('count their tokens and their money apart from answers, with what the cache saves', async () => {
    const { chunks } = await addReady()
    always(situating())
    const heard: string[] = []
    start({ onUsage: ({ model }) => heard.push(model) })
    await until(isComplete)
    const { totals, byPurpose, byPrompt } = summarizeUsage(h.db)
    expect(byPurpose).toEqual([{ purpose: 'chunk_context', ...totals }])
    expect(byPrompt).toEqual([])
    expect(totals.calls).toBe(chunks)
    expect(totals.cacheReadTokens).toBe((chunks - 1) * totals.cacheWriteTokens)
    expect(h.db.prepare('SELECT spent_usd FROM document_contexts').pluck().get()).toBeCloseTo(totals.costUsd, 10)
    expect(heard).toHaveLength(chunks)
  })

  it('go on after a kill with the next chunk, and pay for none twice', async () => {
    const { chunks } = await addReady()
    const answer = situating()
    fake.next(answer, answer, answer, { steps: [{ type: 'text', text: 'It is ab' }, { type: 'stall' }] })
    const first = start()
    await until(() => fake.requests.length === 4)
    await first.stop()
    expect(stored()).toHaveLength(3)
    always(answer)
    start()
    await until(isComplete)
    expect(fake.requests).toHaveLength(chunks + 1)
    expect(new Set(fake.requests.map(request => textsOf(request)[1])).size).toBe(chunks)
    expect(stored().every(({ indexed }) => indexed === 1)).toBe(true)
    const asked = fake.requests.length
    await open.at(-1)!.stop()
    start().kick()
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(fake.requests).toHaveLength(asked)
  })

  it('keep the whole sentences of an answer that was cut off, and nothing of one that is none', async () => {
    await addReady('One paragraph about rags that is long enough to be a chunk.\n\n# Two\n\nAnother paragraph about rags.\n\n# Three\n\nA third one about rags.\n\n# Four\n\nA fourth one about rags.')
    const say = (text: string, stopReason: 'end_turn' | 'max_tokens' | 'refusal' = 'end_turn'): Reply => ({ steps: [{ type: 'text', text }], stopReason })
    fake.next(say('It is about Joplin. He lived in Seda', 'max_tokens'), say('I cannot.', 'refusal'), say('-'), say('x'.repeat(700)))
    start()
    await until(isComplete)
    expect(stored().map(({ text, indexed }) => [text, indexed])).toEqual([['It is about Joplin.', 1], ['', 1], ['', 1], ['', 1]])
    expect(found('seda')).toBe(0)
  })

  it('wait as long as the API asks, and go on', async () => {
    const { chunks } = await addReady()
    const busy: Reply = { status: 429, errorType: 'rate_limit_error', headers: { 'retry-after-ms': '30' } }
    const answer = situating()
    fake.next(answer, busy, answer, { status: 529, errorType: 'overloaded_error' }, ...Array.from({ length: 6 }, () => busy))
    always(answer)
    const contexts = start()
    await until(() => contexts.status.state === 'waiting')
    expect(contexts.status.message).toMatch(/tried again by itself/)
    await until(isComplete)
    expect(stored()).toHaveLength(chunks)
    expect(contexts.status.message).toBeNull()
  })

  it('end where only somebody at the settings can help, and say what', async () => {
    await addReady()
    fake.next({ status: 401, errorType: 'authentication_error', message: 'sk-test is wrong' })
    const contexts = start()
    await until(() => contexts.status.state === 'stopped')
    expect(contexts.status.message).toMatch(/does not accept the API key/)
    expect(JSON.stringify([contexts.status, said])).not.toContain('sk-test')
    contexts.kick()
    await new Promise(resolve => setTimeout(resolve, 60))
    expect(fake.requests).toHaveLength(1)
  })

  it('leave out a document that the API does not take, and go on with the next', async () => {
    await addReady()
    const second = await addReady(longText(1, ' again'))
    fake.next({ status: 413, errorType: 'request_too_large' })
    always(situating())
    start()
    await until(() => stored().length === second.chunks && stored().every(({ indexed }) => indexed === 1))
    expect(fake.requests).toHaveLength(second.chunks + 1)
    expect(said.some(line => line.startsWith('warn A document cannot be sent'))).toBe(true)
  })

  it('cost no more than their limits, with what was bought in use', async () => {
    const { chunks } = await addReady()
    const dear = { input_tokens: 10_000, output_tokens: 160 }
    always(() => ({ steps: [{ type: 'text', text: 'It is about the zyzzyva.' }], usage: dear }))
    const contexts = start({ limits: { documentUsd: 1, totalUsd: 0.005 } })
    await until(() => contexts.status.state === 'full')
    const bought = stored().length
    expect(bought).toBeGreaterThan(0)
    expect(bought).toBeLessThan(chunks)
    expect(summarizeUsage(h.db).totals.costUsd).toBeLessThanOrEqual(0.005)
    expect(stored().every(({ indexed }) => indexed === 1)).toBe(true)
    expect(found('zyzzyva')).toBeGreaterThan(0)
    await contexts.stop()
    const asked = fake.requests.length
    await until(() => start({ limits: { documentUsd: 1, totalUsd: 0.005 } }).status.state === 'full')
    expect(fake.requests).toHaveLength(asked)
    // A higher one goes on where it was; one of the document ends it for this document alone.
    const limited = start({ limits: { documentUsd: 0.005, totalUsd: 1 } })
    await until(() => said.some(line => line.includes('reached its limit')))
    expect(limited.status.message).toBeNull()
    expect(stored()).toHaveLength(bought)
    await limited.stop()
    start()
    await until(isComplete)
    expect(stored()).toHaveLength(chunks)
  })

  it('go with their chunks when a document is deleted or read anew, also in the middle of a call', async () => {
    const { id, chunks } = await addReady()
    const answer = situating()
    let remove: () => Promise<unknown> = async () => {}
    fake.next(answer, (request) => {
      void remove()
      return answer(request)
    })
    always(answer)
    remove = () => h.ingest.remove(id)
    const contexts = start()
    await until(() => h.db.prepare('SELECT count(*) FROM documents').pluck().get() === 0)
    await until(() => contexts.status.state === 'idle')
    await until(() => stored().length === 0)
    expect(found('zyzzyva1')).toBe(0)
    expect(h.db.prepare('SELECT count(*) FROM document_contexts').pluck().get()).toBe(0)
    expect(fake.requests.length).toBeLessThan(chunks)
  })

  it('leave alone samples, what was replaced and what is worked on, and need no embedding model', async () => {
    const { key, chunks } = await addReady()
    h.db.prepare('UPDATE documents SET sample = 1 WHERE key = ?').run(key)
    always(situating())
    const contexts = start({ embedder: null })
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(fake.requests).toHaveLength(0)
    h.db.prepare('UPDATE documents SET sample = 0 WHERE key = ?').run(key)
    const { key: newer } = await addReady('The newer one.')
    h.db.prepare('UPDATE documents SET replaces = ?, sample = 1 WHERE key = ?').run(key, newer)
    contexts.kick()
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(fake.requests).toHaveLength(0)
    h.db.prepare('UPDATE documents SET replaces = NULL WHERE key = ?').run(newer)
    h.db.prepare(`UPDATE jobs SET status = 'queued' WHERE document_key = ?`).run(key)
    contexts.kick()
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(fake.requests).toHaveLength(0)
    h.db.prepare(`UPDATE jobs SET status = 'done' WHERE document_key = ?`).run(key)
    contexts.kick()
    await until(isComplete)
    expect(stored()).toHaveLength(chunks)
    expect(found('zyzzyva1')).toBe(1)
  })
})
