import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { describeModel } from '../../../../server/embed/model-folder.ts'
import { writeTinyModel, type TinyModel } from '../../support/tiny-model.ts'

let dir: string
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'ragtime-folder-')), 'some-model')
})
const describe_ = (model: TinyModel = {}, name?: string) => describeModel(writeTinyModel(dir, { dimensions: 8, ...model }), name)
const refuses = (model: TinyModel, message: RegExp, name?: string) => expect(describe_(model, name)).rejects.toMatchObject({ code: 'embedder_unusable', status: 503, message: expect.stringMatching(message) as string })

describe('describeModel', () => {
  it('reads what the files of an unknown model say', async () => {
    const manifest = await describe_({ settings: {
      '1_Pooling/config.json': { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false, include_prompt: true },
      'sentence_bert_config.json': { max_seq_length: 128 },
      'config_sentence_transformers.json': { prompts: { query: 'q: ', document: 'd: ' } },
      'modules.json': [{ type: 'sentence_transformers.models.Transformer' }, { type: 'sentence_transformers.models.Pooling' }, { type: 'sentence_transformers.models.Normalize' }],
    } })
    expect(manifest).toMatchObject({
      pooling: 'cls', window: 128, dimensions: 8, prefixes: { query: 'q: ', document: 'd: ' }, modelFile: 'onnx/model_quantized.onnx', id: expect.stringMatching(/^some-model-quantized-[0-9a-f]{12}$/) as string,
    })
    expect(Object.keys(manifest.files)).toEqual(['onnx/model_quantized.onnx', 'onnx/model_quantized.onnx_data', 'tokenizer.json', 'tokenizer_config.json'])
  })

  it('takes a known model from the registry, without the file about pooling', async () => {
    const manifest = await describe_({ dimensions: 384, settings: { '1_Pooling/config.json': null } }, 'bge-small-en-v1.5')
    expect(manifest).toMatchObject({ pooling: 'cls', window: 512, dimensions: 384, prefixes: { document: '' } })
    await refuses({}, /another model than its name says/, 'bge-small-en-v1.5')
  })

  it('gives another id for other weights, another pooling or another precision, and the same for the same', async () => {
    const { id } = await describe_()
    expect((await describeModel(dir)).id).toBe(id)
    const ids = [id, (await describe_({ settings: { '1_Pooling/config.json': { pooling_mode_cls_token: true } } })).id]
    appendFileSync(join(dir, 'onnx/model_quantized.onnx_data'), 'x')
    ids.push((await describeModel(dir)).id)
    rmSync(join(dir, 'onnx'), { recursive: true })
    ids.push((await describe_({ file: 'model.onnx' })).id)
    expect(new Set(ids).size).toBe(4)
    expect(ids.at(-1)).toMatch(/-float32-/)
  })

  it('says what is wrong and what to do', async () => {
    await refuses({ settings: { '1_Pooling/config.json': null } }, /Ragtime does not know it.*1_Pooling\/config\.json.*Add that file.*bge-small-en-v1\.5/)
    await refuses({ settings: { '1_Pooling/config.json': { pooling_mode_max_tokens: true } } }, /pools by pooling_mode_max_tokens/)
    await refuses({ settings: { '1_Pooling/config.json': { pooling_mode_mean_tokens: true, pooling_mode_cls_token: true } } }, /mean_tokens and pooling_mode_cls_token/)
    await refuses({ settings: { 'modules.json': [{ type: 'sentence_transformers.models.Dense' }] } }, /layers that an ONNX file leaves out/)
    rmSync(join(dir, 'modules.json'))
    await refuses({ settings: { 'config.json': {} } }, /how many dimensions/)
    writeFileSync(join(dir, 'config.json'), '{')
    await expect(describeModel(dir)).rejects.toMatchObject({ message: expect.stringMatching(/config\.json is damaged/) as string })
    rmSync(join(dir, 'tokenizer.json'))
    await expect(describeModel(dir)).rejects.toMatchObject({ message: expect.stringMatching(/tokenizer\.json is missing/) as string })
    await expect(describeModel(tmpdir())).rejects.toMatchObject({ message: expect.stringMatching(/none of onnx\/model_quantized\.onnx/) as string })
  })
})
