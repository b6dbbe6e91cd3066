import { appendFileSync, mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildModel } from '../../../script/build-model.ts'
import { readModelManifest } from '../../../server/embed/model.ts'

describe('buildModel', () => {
  it('writes a complete model directory once, and again when a file was changed', () => {
    const dir = join(mkdtempSync(join(tmpdir(), 'ragtime-model-')), 'nested')
    expect(buildModel(dir)).toBe(true)
    const manifest = readModelManifest(dir)
    expect(manifest).toMatchObject({ id: 'all-MiniLM-L6-v2-int8-v1', dimensions: 384, window: 256, pooling: 'mean' })
    expect(Object.keys(manifest.files).sort()).toEqual(['LICENSE', 'model.onnx', 'model.onnx.data', 'tokenizer.json', 'tokenizer_config.json'])
    // One byte a weight.
    expect(statSync(join(dir, 'model.onnx.data')).size).toBeLessThan(25e6)
    expect(buildModel(dir)).toBe(false)

    const before = readFileSync(join(dir, 'model.onnx.data'))
    appendFileSync(join(dir, 'model.onnx.data'), 'x')
    expect(buildModel(dir)).toBe(true)
    expect(readFileSync(join(dir, 'model.onnx.data')).equals(before)).toBe(true)
  }, 60_000)
})
