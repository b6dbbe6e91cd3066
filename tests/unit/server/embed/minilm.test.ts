import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildModel } from '../../../../script/build-model.ts'
import { createMiniLmEmbedder } from '../../../../server/embed/minilm.ts'
import { createTokenCounter, loadTokenizer } from '../../../../server/embed/tokenizer.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import { createHashEmbedder } from '../../support/hash-embedder.ts'
import { cosine, describeEmbedder } from './contract.ts'

const modelDir = fileURLToPath(new URL('../../../../.model/all-MiniLM-L6-v2', import.meta.url))
const entry = fileURLToPath(new URL('../../../../server/embed/worker.ts', import.meta.url))
const start = (dir = modelDir) => createMiniLmEmbedder({ modelDir: dir, entry })

beforeAll(() => {
  buildModel(modelDir)
}, 60_000)

describeEmbedder('MiniLM', start)
describeEmbedder('The hash embedder of the tests', async () => createHashEmbedder({ tokens: true }))

describe('createMiniLmEmbedder', () => {
  it('ranks the sentences of the model card as published', async () => {
    // https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2 and the sbert.net quickstart: 0.6660, 0.1046, 0.1411
    const embedder = await start()
    const [weather, sunny, stadium] = await embedder.embed(
      ['The weather is lovely today.', `It's so sunny outside!`, 'He drove to the stadium.'], 'document')
    await embedder.close()
    expect(cosine(weather!, sunny!)).toBeCloseTo(0.666, 1)
    expect(cosine(weather!, stadium!)).toBeCloseTo(0.1046, 1)
    expect(cosine(sunny!, stadium!)).toBeCloseTo(0.1411, 1)
  })

  it('computes what the same weights give in floating point', async () => {
    const floatDir = mkdtempSync(join(tmpdir(), 'ragtime-model-'))
    buildModel(floatDir, { precision: 'float32' })
    const [small, exact] = [await start(), await start(floatDir)]
    const texts = [
      'What is ragtime?', 'The piano rolls were cut in 1916 and sold by mail.', 'const value = readFileSync(path)',
      'In 1990, the Commission proposed a regulation on the freedom of movement. '.repeat(12),
    ]
    const [a, b] = [await small.embed(texts, 'document'), await exact.embed(texts, 'document')]
    await Promise.all([small.close(), exact.close()])
    // Over 210 paragraphs, code chunks and questions: mean .994, lowest .987.
    for (const [i, vector] of a.entries()) expect(cosine(vector, b[i]!)).toBeGreaterThan(0.98)
  }, 60_000)

  it('answers a question while documents wait', async () => {
    const embedder = await start()
    let documentsDone = false
    const documents = embedder.embed(Array.from({ length: 200 }, (_, i) => `paragraph ${i} `.repeat(40)), 'document').then(() => {
      documentsDone = true
    })
    await embedder.embed(['a question'], 'query')
    expect(documentsDone).toBe(false)
    await documents
    await embedder.close()
  }, 60_000)

  it('lets the text at hand end when it is closed, since native code that is cut off takes the process with it', async () => {
    const embedder = await start()
    const waiting = Promise.allSettled(Array.from({ length: 8 }, () => embedder.embed(['Ragtime was heard in Sedalia. '.repeat(40)], 'document')))
    await embedder.close()
    for (const result of await waiting) expect(result.status).toBe('rejected')
  })

  it('says so when there is no model', async () => {
    const failed = await start(join(tmpdir(), 'no-such-model')).catch(error => error as AppError)
    expect(failed).toBeInstanceOf(AppError)
    expect(failed).toMatchObject({ code: 'embedding_failed', status: 503 })
  })
})

describe('createTokenCounter', () => {
  it('counts what the tokenizer counts', () => {
    const tokenizer = loadTokenizer(modelDir)
    const count = createTokenCounter(tokenizer)
    const word = fc.oneof(fc.constantFrom('ragtime', `don't`, 'Scott', '1899.', '(Missouri),', 'naïve', 'syncopation', '音楽'), fc.string({ unit: 'grapheme' }))
    fc.assert(fc.property(fc.array(word, { maxLength: 20 }).map(words => words.join(' ')), (text) => {
      expect(count(text)).toBe(tokenizer.encode(text).ids.length - 2)
    }), { numRuns: 300 })
  })
})
