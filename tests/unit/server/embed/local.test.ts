import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildModel } from '../../../../script/build-model.ts'
import { createLocalEmbedder } from '../../../../server/embed/local.ts'
import { describeModel } from '../../../../server/embed/model-folder.ts'
import type { ModelManifest } from '../../../../server/embed/model.ts'
import { repository } from '../../support/program.ts'
import { writeTinyModel, type TinyModel } from '../../support/tiny-model.ts'
import { cosine, describeEmbedder } from './contract.ts'

const entry = join(repository, 'server/embed/worker.ts')
const folder = mkdtempSync(join(tmpdir(), 'ragtime-local-'))

beforeAll(() => {
  buildModel(join(repository, '.model/all-MiniLM-L6-v2'))
}, 60_000)

let count = 0
async function start(model: TinyModel = {}, changes: Partial<ModelManifest> = {}) {
  const modelDir = writeTinyModel(join(folder, `tiny-${count++}`), model)
  return createLocalEmbedder({ modelDir, manifest: { ...await describeModel(modelDir), ...changes }, entry, help: false })
}
const CLS = { '1_Pooling/config.json': { pooling_mode_cls_token: true } }

describeEmbedder('A model of a folder, by the mean', () => start())
describeEmbedder('A model of a folder, by the first token, without token types', () => start({ tokenTypes: false, settings: CLS }))
describeEmbedder('A model of a folder, by the last token, with prefixes', () => start({
  output: 'token_embeddings', settings: { '1_Pooling/config.json': { pooling_mode_lasttoken: true }, 'config_sentence_transformers.json': { prompts: { query: 'query: ', passage: 'passage: ' } } },
}))

describe('createLocalEmbedder', () => {
  it('pools as the manifest says', async () => {
    const [mean, cls] = [await start(), await start({ settings: CLS })]
    const text = ['A rag is syncopated music for the piano.']
    const [[a], [b]] = [await mean.embed(text, 'document'), await cls.embed(text, 'document')]
    await Promise.all([mean.close(), cls.close()])
    expect(cosine(a!, b!)).toBeGreaterThan(0.5)
    expect(cosine(a!, b!)).toBeLessThan(0.9999)
  })

  it('puts the prefix of its kind before a text, and takes its room from the window', async () => {
    const plain = await start()
    const prefixed = await start({}, { prefixes: { query: 'search_query: ', document: 'search_document: ' } })
    const [query] = await prefixed.embed(['maple leaf'], 'query')
    const [document] = await prefixed.embed(['maple leaf'], 'document')
    const [same] = await plain.embed(['search_query: maple leaf'], 'document')
    const [other] = await plain.embed(['search_document: maple leaf'], 'query')
    expect(cosine(query!, same!)).toBeCloseTo(1, 5)
    expect(cosine(document!, other!)).toBeCloseTo(1, 5)
    expect(cosine(query!, document!)).toBeLessThan(0.999)
    expect(prefixed.window).toBe(plain.window - plain.countTokens('search_document: '))
    await Promise.all([plain.close(), prefixed.close()])
  })

  it('reads no more than its window, the last special token included', async () => {
    const embedder = await start({}, { window: 12 })
    const [long, cut, other] = await embedder.embed(['maple leaf '.repeat(40), 'maple leaf maple leaf maple leaf maple leaf maple leaf', 'maple leaf'], 'document')
    expect(cosine(long!, cut!)).toBeCloseTo(1, 5)
    expect(cosine(long!, other!)).toBeLessThan(0.9999)
    await embedder.close()
  })

  it('does not start a model of other dimensions, or without token vectors', async () => {
    for (const failing of [() => start({}, { dimensions: 32 }), () => start({ output: 'pooler_output' })]) {
      await expect(failing()).rejects.toMatchObject({ code: 'embedding_failed', status: 503 })
    }
  })
})
