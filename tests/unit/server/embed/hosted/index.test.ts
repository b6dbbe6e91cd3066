import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createHostedEmbedder, hostedId, probeDimensions, type HostedLimits, type HostedSettings } from '../../../../../server/embed/hosted/index.ts'
import type { Embedder } from '../../../../../server/embed/types.ts'
import { AppError } from '../../../../../server/utils/app-error.ts'
import { startFakeEmbeddings, type EmbeddingsReply, type FakeEmbeddings } from '../../../support/fake-embeddings.ts'
import { createHashEmbedder } from '../../../support/hash-embedder.ts'
import { cosine, describeEmbedder } from '../contract.ts'

const KEY = 'canary-of-the-embedding-key'
const TIMES = { backoffMs: 1, maxWaitMs: 1_500, requestMs: 400 }
const LIMITS: Partial<HostedLimits> = { query: { attempts: 2, impatient: true, ...TIMES }, document: { attempts: 4, ...TIMES } }

let fake: FakeEmbeddings
let embedder: Embedder
const settings = (changes: Partial<HostedSettings> = {}): HostedSettings => ({ provider: 'openai', model: 'some-model', url: fake.url, apiKey: KEY, dimensions: null, ...changes })
beforeAll(async () => {
  fake = await startFakeEmbeddings({ dimensions: 64 })
})
afterAll(() => fake.close())
beforeEach(() => {
  fake.requests.length = 0
  fake.always(null)
  embedder = createHostedEmbedder(settings(), 64, LIMITS)
})
afterEach(() => embedder.close())

describeEmbedder('A model behind an API like OpenAI\'s', async () => createHostedEmbedder(settings(), 64, LIMITS))
describeEmbedder('A model of Voyage', async () => createHostedEmbedder(settings({ provider: 'voyage' }), 64, LIMITS))

const inputs = () => fake.requests.map(({ body }) => body.input)
const failure = async (work: Promise<unknown>) => {
  const error = await work.then(() => null, (reason: unknown) => reason)
  expect(error).toBeInstanceOf(AppError)
  return error as AppError
}

describe('a request', () => {
  it('asks Voyage for queries and documents by name, and to cut what is too long', async () => {
    const voyage = createHostedEmbedder(settings({ provider: 'voyage', dimensions: 16 }), 16, LIMITS)
    await voyage.embed(['what?'], 'query')
    await voyage.embed(['this'], 'document')
    expect(fake.requests.map(({ path, body, headers }) => ({ path, body, key: headers.authorization }))).toEqual([
      { path: '/v1/embeddings', key: `Bearer ${KEY}`, body: { model: 'some-model', input: ['what?'], input_type: 'query', truncation: true, output_dimension: 16 } },
      { path: '/v1/embeddings', key: `Bearer ${KEY}`, body: { model: 'some-model', input: ['this'], input_type: 'document', truncation: true, output_dimension: 16 } },
    ])
  })

  it('asks the others for floats and, where they were set, dimensions; without a key it sends none', async () => {
    const small = createHostedEmbedder(settings({ dimensions: 16, apiKey: null }), 16, LIMITS)
    const [vector] = await small.embed(['this'], 'document')
    expect(vector).toHaveLength(16)
    expect(fake.requests[0]!.body).toEqual({ model: 'some-model', input: ['this'], encoding_format: 'float', dimensions: 16 })
    expect(fake.requests[0]!.headers.authorization).toBeUndefined()
  })

  it('holds no more texts and tokens than the service takes, and none twice', async () => {
    await embedder.embed([...Array.from({ length: 70 }, (_, i) => `text ${i}`), 'text 3', '  ', '\uD800'], 'document')
    expect(inputs().map(input => input.length).toSorted((a, b) => b - a)).toEqual([32, 32, 8])
    expect(inputs().flat()).toContain('.')
    fake.requests.length = 0
    await embedder.embed(Array.from({ length: 32 }, (_, i) => `${i} ${'ragtime '.repeat(2_000)}`), 'document')
    // Each is cut to the window of 512.
    for (const input of inputs()) expect(input.join(' ').length).toBeLessThan(32 * 512 * 8)
    expect(inputs().flat().every(text => text.length < 512 * 8)).toBe(true)
  })

  it('runs beside few others, and questions go before documents that wait', async () => {
    fake.always({ delayMs: 30 })
    const documents = Promise.all(Array.from({ length: 12 }, (_, i) => embedder.embed([`document ${i}`], 'document')))
    await new Promise(resolve => setTimeout(resolve, 10))
    await embedder.embed(['question'], 'query')
    expect(fake.requests.length, 'documents still wait').toBeLessThan(12)
    await documents
    expect(fake.mostOpen()).toBeLessThanOrEqual(4)
  })
})

describe('what passes by itself', () => {
  it.each<[string, EmbeddingsReply]>([
    ['429 with seconds', { status: 429, headers: { 'retry-after': '0.02' } }],
    ['429 with a date', { status: 429, headers: { 'retry-after': new Date(Date.now() - 1_000).toUTCString() } }],
    ['500', { status: 500 }],
    ['503 without a word', { status: 503, body: '' }],
    ['a cut connection', { cut: true }],
    ['silence', { silent: true }],
  ])('is tried again: %s', async (_, reply) => {
    fake.next(reply)
    const [vector] = await embedder.embed(['maple leaf'], 'document')
    const [expected] = await createHashEmbedder({ dimensions: 64 }).embed(['maple leaf'], 'document')
    expect(cosine(vector!, expected!)).toBeCloseTo(1, 5)
    expect(inputs()).toEqual([['maple leaf'], ['maple leaf']])
  })

  it('waits as long as it is asked to, and no longer than allowed', async () => {
    const start = performance.now()
    fake.next({ status: 429, headers: { 'retry-after': '1' } })
    await embedder.embed(['a'], 'document')
    expect(performance.now() - start).toBeGreaterThan(950)
    fake.next({ status: 429, headers: { 'retry-after': '86400' } })
    await embedder.embed(['a'], 'document')
    // A person is not kept waiting, and the service is not asked before it wants to be.
    fake.requests.length = 0
    fake.next({ status: 429, headers: { 'retry-after': '86400' } })
    expect((await failure(embedder.embed(['a'], 'query'))).code).toBe('embedder_unavailable')
    expect(fake.requests).toHaveLength(1)
  })

  it('repeats only the part of a call that failed, also in the next call', async () => {
    const texts = Array.from({ length: 64 }, (_, i) => `text ${i}`)
    fake.next({ status: 500 })
    await embedder.embed(texts, 'document')
    expect(inputs().map(input => input.length)).toEqual([32, 32, 32])
    fake.requests.length = 0
    const other = texts.map(text => `other ${text}`)
    fake.next({ delayMs: 1 }, ...Array.from({ length: 4 }, () => ({ status: 500 })))
    expect((await failure(embedder.embed(other, 'document'))).code).toBe('embedder_unavailable')
    const before = fake.requests.length
    const vectors = await embedder.embed(other, 'document')
    expect(inputs().slice(before).map(input => input.length)).toEqual([32])
    const [alone] = await embedder.embed([other[40]!], 'document')
    expect(cosine(alone!, vectors[40]!)).toBeCloseTo(1, 5)
  })

  it('says in the end that the service is away, and remembers it until it is back', async () => {
    expect(embedder.trouble!()).toBeNull()
    fake.always({ status: 502 })
    const error = await failure(embedder.embed(['a'], 'query'))
    expect(error).toMatchObject({ code: 'embedder_unavailable', status: 503 })
    expect(embedder.trouble!()).toBe(error.message)
    fake.always(null)
    await embedder.embed(['a'], 'query')
    expect(embedder.trouble!()).toBeNull()
  })
})

describe('an answer that is not whole', () => {
  const vector = (data: { embedding: unknown[] }[], at: number, embedding: unknown[]) => data.map((item, i) => i === at ? { ...item, embedding } : item)
  it.each<[string, EmbeddingsReply]>([
    ['a vector too few', { change: data => data.slice(1) }],
    ['a vector too many', { change: data => [...data, { ...data[0]!, index: 2 }] }],
    ['two for one text', { change: data => data.map(item => ({ ...item, index: 0 })) }],
    ['an index beyond the texts', { change: data => data.map(item => ({ ...item, index: item.index + 1 })) }],
    ['no index', { change: data => data.map(({ embedding }) => ({ embedding })) }],
    ['other dimensions', { change: data => vector(data, 1, [1, 2, 3]) }],
    ['something else than numbers', { change: data => vector(data, 0, Array.from({ length: 64 }, () => null)) }],
    ['a number beyond all', { change: data => vector(data, 0, Array.from({ length: 64 }, () => 1e300)) }],
    ['a vector of zeros', { change: data => vector(data, 0, Array.from({ length: 64 }, () => 0)) }],
    ['no list', { change: () => null }],
    ['no JSON', { status: 200, body: '<html>' }],
  ])('is refused as a whole: %s', async (_, reply) => {
    fake.next(reply)
    expect(await failure(embedder.embed(['a rag', 'a waltz'], 'document'))).toMatchObject({ code: 'embedding_failed', status: 503, message: expect.stringMatching(/cannot be used/) as string })
    expect(fake.requests).toHaveLength(1)
  })

  it('that has no end is cut off', async () => {
    fake.always({ change: data => [...data, 'x'.repeat(4_000_000)] })
    expect((await failure(embedder.embed(['a'], 'query'))).status).toBe(503)
  })

  it('is put in order by its indices', async () => {
    const texts = ['a rag', 'a waltz', 'a march']
    const expected = await embedder.embed(texts, 'document')
    fake.next({ change: data => data.toReversed() })
    const vectors = await createHostedEmbedder(settings(), 64, LIMITS).embed(texts, 'document')
    for (const [i, each] of vectors.entries()) expect(cosine(each, expected[i]!)).toBeCloseTo(1, 5)
  })
})

describe('what does not pass', () => {
  it.each([
    [401, 'embedder_key_rejected', /does not accept the key.*RAGTIME_EMBEDDER_KEY/],
    [403, 'embedder_key_rejected', /RAGTIME_EMBEDDER_KEY/],
    [404, 'embedding_failed', /no model some-model.*RAGTIME_EMBEDDER/],
    [400, 'embedding_failed', /refuses what it is asked \(400\)/],
  ])('is said at once, without key or text: %d', async (status, code, message) => {
    fake.next({ status, body: JSON.stringify({ error: { message: `wrong key ${KEY} for "a secret text"` } }) })
    const error = await failure(embedder.embed(['a secret text'], 'document'))
    expect(error).toMatchObject({ code, status: 503, message: expect.stringMatching(message) as string })
    expect(fake.requests).toHaveLength(1)
    const all = JSON.stringify([error.message, error.stack, (error.cause as Error).message, (error.cause as Error).stack])
    expect(all).not.toContain(KEY)
    expect(all).not.toContain('secret text')
  })

  it('sends neither key nor text to where a redirect leads', async () => {
    const elsewhere = await startFakeEmbeddings()
    fake.always({ status: 307, headers: { location: `${elsewhere.url}/embeddings` } })
    await failure(embedder.embed(['a'], 'query'))
    expect(elsewhere.requests).toEqual([])
    await elsewhere.close()
  })
})

describe('probeDimensions', () => {
  it('learns how many numbers a vector has', async () => {
    expect(await probeDimensions(settings(), undefined, LIMITS)).toBe(64)
    expect(await probeDimensions(settings({ dimensions: 16 }), undefined, LIMITS)).toBe(16)
  })

  it('says whether the key is wrong, the service away, or the dimensions are not to be had', async () => {
    fake.next({ status: 401 })
    expect((await failure(probeDimensions(settings({ apiKey: null }), undefined, LIMITS))).message).toMatch(/asks for a key.*RAGTIME_EMBEDDER_KEY/)
    expect((await failure(probeDimensions(settings({ url: 'http://127.0.0.1:9/v1' }), undefined, LIMITS))).code).toBe('embedder_unavailable')
    fake.next({ change: data => data.map(item => ({ ...item, embedding: [1, 2, 3] })) })
    expect((await failure(probeDimensions(settings({ dimensions: 16 }), undefined, LIMITS))).message).toMatch(/RAGTIME_EMBEDDER_DIMENSIONS/)
  })
})

describe('hostedId', () => {
  it('tells providers, models, addresses and dimensions apart, and holds no secret', () => {
    const at = (changes: Partial<HostedSettings>, dimensions = 8) => hostedId(settings(changes), dimensions)
    expect(at({ provider: 'voyage', model: 'voyage-3.5', url: null }, 1024)).toBe('voyage:voyage-3.5-1024')
    expect(at({ url: 'http://gpu.local:8080/v1' })).toBe('openai:some-model@gpu.local:8080-8')
  })
})
