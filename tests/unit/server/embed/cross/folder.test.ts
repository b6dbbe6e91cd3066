import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildModel } from '../../../../../script/build-model.ts'
import { describeCrossEncoder } from '../../../../../server/embed/cross/folder.ts'
import { KNOWN_CROSS_ENCODER_NAMES, knownCrossEncoder } from '../../../../../server/embed/cross/registry.ts'
import { describeModel } from '../../../../../server/embed/model-folder.ts'
import { MAX_WINDOW } from '../../../../../server/embed/registry.ts'
import { repository } from '../../../support/program.ts'
import { writeTinyCrossEncoder, writeTinyModel } from '../../../support/tiny-model.ts'

let dir: string
beforeAll(() => {
  buildModel(join(repository, '.model/all-MiniLM-L6-v2'))
}, 60_000)
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'ragtime-cross-folder-')), 'some-reranker')
})
const unusable = (text: RegExp) => expect.objectContaining({ code: 'reranker_unusable', status: 503, message: expect.stringMatching(text) as string }) as Error

describe('describeCrossEncoder', () => {
  it('reads what a folder says, with checksums and a fingerprint of all that matters', async () => {
    writeTinyCrossEncoder(dir)
    const manifest = await describeCrossEncoder(dir)
    expect(manifest).toMatchObject({ kind: 'cross-encoder', window: 512, modelFile: 'onnx/model_quantized.onnx', id: expect.stringMatching(/^some-reranker-quantized-[0-9a-f]{12}$/) as string })
    expect(Object.keys(manifest.files)).toEqual(['onnx/model_quantized.onnx', 'onnx/model_quantized.onnx_data', 'tokenizer.json', 'tokenizer_config.json'])
    expect(await describeCrossEncoder(dir)).toEqual(manifest)
    writeTinyCrossEncoder(dir, { settings: { 'config.json': { architectures: ['BertForSequenceClassification'], num_labels: 1, max_position_embeddings: 128 } } })
    const shorter = await describeCrossEncoder(dir)
    expect(shorter.window).toBe(128)
    expect(shorter.id).not.toBe(manifest.id)
  })

  it('knows common ones by their name, whatever their files leave out', async () => {
    writeTinyCrossEncoder(dir, { settings: { 'config.json': null } })
    expect(await describeCrossEncoder(dir, 'BGE-reranker-base')).toMatchObject({ window: 512 })
    for (const name of KNOWN_CROSS_ENCODER_NAMES) expect(knownCrossEncoder(name)!.window).toBeLessThanOrEqual(MAX_WINDOW)
    expect(knownCrossEncoder('all-MiniLM-L6-v2')).toBeNull()
  })

  it('refuses what does not say that it gives one number for a pair', async () => {
    await expect(describeCrossEncoder(writeTinyModel(dir))).rejects.toEqual(unusable(/some-reranker.*one number/))
    writeTinyCrossEncoder(dir, { settings: { 'config.json': { architectures: ['BertForSequenceClassification'], id2label: { 0: 'no', 1: 'yes' } } } })
    await expect(describeCrossEncoder(dir)).rejects.toEqual(unusable(/one number/))
  })

  it('names the file that is missing or damaged', async () => {
    writeTinyCrossEncoder(dir)
    writeFileSync(join(dir, 'config.json'), '{')
    await expect(describeCrossEncoder(dir)).rejects.toEqual(unusable(/reranking model some-reranker.*config\.json is damaged/))
    rmSync(join(dir, 'tokenizer.json'))
    await expect(describeCrossEncoder(dir)).rejects.toEqual(unusable(/tokenizer\.json is missing/))
    rmSync(join(dir, 'onnx'), { recursive: true })
    await expect(describeCrossEncoder(dir)).rejects.toEqual(unusable(/there is none of/))
  })

  it('reads its own manifest, and refuses that of an embedding model', async () => {
    writeTinyCrossEncoder(dir)
    const manifest = await describeCrossEncoder(dir)
    writeFileSync(join(dir, 'model.json'), JSON.stringify({ ...manifest, id: 'as-it-was' }))
    expect((await describeCrossEncoder(dir)).id).toBe('as-it-was')
    rmSync(dir, { recursive: true })
    writeFileSync(join(writeTinyModel(dir), 'model.json'), JSON.stringify(await describeModel(dir)))
    await expect(describeCrossEncoder(dir)).rejects.toEqual(unusable(/of a model of another kind/))
  })
})
