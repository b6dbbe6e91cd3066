import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildModel } from '../../../../script/build-model.ts'
import { estimateTokens } from '../../../../server/embed/estimate.ts'
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

  it('reads with the tokenizer of XLM-RoBERTa, and estimates tokens where its vocabulary is too large to have twice', async () => {
    const words = ['▁when', '▁was', '▁the', '▁maple', '▁leaf', '▁rag', '▁light', '▁', ...'abcdefghijklmnopqrstuvwxyz']
    const settings = (more: object) => ({
      'tokenizer.json': {
        added_tokens: ['<s>', '<pad>', '</s>', '<unk>'].map((content, id) => ({ id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false })),
        normalizer: null, decoder: null, pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', add_prefix_space: true }] },
        post_processor: { type: 'TemplateProcessing', single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }], pair: [], special_tokens: { '<s>': { id: '<s>', ids: [0], tokens: ['<s>'] }, '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] } } },
        model: { type: 'Unigram', unk_id: 3, vocab: [['<s>', 0], ['<pad>', 0], ['</s>', 0], ['<unk>', 0], ...words.map(word => [word, word.length === 1 ? -9 : -2])] }, ...more,
      },
      'tokenizer_config.json': { tokenizer_class: 'XLMRobertaTokenizer', bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' },
    })
    const [small, large] = [await start({ tokenTypes: false, settings: settings({}) }), await start({ tokenTypes: false, settings: settings({ note: 'x'.repeat(5_000_000) }) })]
    expect(small.countTokens('the maple leaf rag')).toBe(4)
    expect(small.countTokens('the ragtime')).toBe(1 + 1 + 4)
    expect(large.countTokens('the maple leaf rag')).toBe(estimateTokens('the maple leaf rag'))
    const [[a, b, c], [d]] = [await small.embed(['the maple leaf', 'when was the maple leaf', 'light'], 'document'), await large.embed(['the maple leaf'], 'query')]
    expect(cosine(a!, b!)).toBeGreaterThan(cosine(a!, c!) + 0.2)
    expect(cosine(a!, d!)).toBeCloseTo(1, 5)
    await Promise.all([small.close(), large.close()])
  })

  it('does not start a model of other dimensions, or without token vectors', async () => {
    for (const failing of [() => start({}, { dimensions: 32 }), () => start({ output: 'pooler_output' })]) {
      await expect(failing()).rejects.toMatchObject({ code: 'embedding_failed', status: 503 })
    }
  })
})
