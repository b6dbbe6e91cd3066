import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { installedModel, installedModels, installModel, type HubLimits } from '../../../../server/embed/hub.ts'
import { createLocalEmbedder } from '../../../../server/embed/local.ts'
import { readModelManifest } from '../../../../server/embed/model.ts'
import { COMMIT, startFakeHub, type FakeHub } from '../../support/fake-hub.ts'
import { repository } from '../../support/program.ts'
import { writeTinyModel } from '../../support/tiny-model.ts'

const ID = 'somebody/some-model'
const WEIGHTS = 'model_quantized.onnx_data'
const LIMITS: Partial<HubLimits> = { retry: { attempts: 4, backoffMs: 1, maxWaitMs: 5 }, requestMs: 5_000, stallMs: 300 }
const source = writeTinyModel(join(mkdtempSync(join(tmpdir(), 'ragtime-hub-')), 'source'), { dimensions: 16, settings: { 'README.md': 'not wanted', 'pytorch_model.bin': 'not wanted' } })

let hub: FakeHub
let modelsDir: string
beforeAll(async () => {
  hub = await startFakeHub({ [ID]: source })
})
afterAll(() => hub.close())
beforeEach(() => {
  hub.requests.length = 0
  modelsDir = join(mkdtempSync(join(tmpdir(), 'ragtime-models-')), 'models')
})
afterEach(() => rmSync(modelsDir, { recursive: true, force: true }))

const install = (options: { id?: string, hub?: string, limits?: Partial<HubLimits>, signal?: AbortSignal, onProgress?: (done: number, total: number) => void } = {}) =>
  installModel({ hub: hub.url, id: ID, modelsDir, signal: new AbortController().signal, ...options, limits: { ...LIMITS, ...options.limits } })
const incoming = () => join(modelsDir, '.incoming', `somebody--some-model@${COMMIT}`)
const asked = (file: string) => hub.requests.filter(({ path }) => path.endsWith(file) && path.startsWith('/cdn/')).map(({ headers }) => headers.range ?? 'whole')

describe('installModel', () => {
  it('fetches what is needed of one commit, whole and with its checksums, and it works', async () => {
    const progress: number[] = []
    let all = 0
    expect(installedModel(modelsDir, ID)).toBeNull()
    const dir = await install({ onProgress: (done, total) => {
      progress.push(done)
      all = total
    } })
    expect(installedModel(modelsDir, ID)).toBe(dir)
    expect(installedModels(modelsDir)).toEqual([dir])
    expect(readdirSync(join(modelsDir, '.incoming'))).toEqual([])
    const manifest = readModelManifest(dir)
    expect(manifest).toMatchObject({ pooling: 'mean', dimensions: 16, source: { package: ID, version: COMMIT, licence: 'mit' }, id: expect.stringMatching(/^some-model-quantized-/) as string })
    expect(Object.values(manifest.files).every(hash => /^[0-9a-f]{64}$/.test(hash))).toBe(true)
    for (const name of Object.keys(manifest.files)) expect(readFileSync(join(dir, name)).equals(readFileSync(join(source, name)))).toBe(true)
    expect(hub.requests.some(({ path }) => /README|pytorch/.test(path))).toBe(false)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect(progress.at(-1)).toBe(all)
    const embedder = await createLocalEmbedder({ modelDir: dir, manifest, entry: join(repository, 'server/embed/worker.ts'), help: false })
    expect((await embedder.embed(['a rag'], 'query'))[0]).toHaveLength(16)
    await embedder.close()
  })

  it('goes on where a connection was cut, or fell silent', async () => {
    hub.fail({ file: WEIGHTS, do: { cutAfter: 100_000 } }, { file: WEIGHTS, do: { stallAfter: 50_000 } })
    await install()
    const ranges = asked(WEIGHTS)
    expect(ranges[0]).toBe('whole')
    expect(ranges).toHaveLength(3)
    expect(ranges.slice(1).every(range => /^bytes=[1-9]\d*-$/.test(range))).toBe(true)
  })

  it('goes on with what a killed process has fetched, and tidies up what belongs to another', async () => {
    mkdirSync(join(incoming(), 'onnx'), { recursive: true })
    mkdirSync(join(modelsDir, '.incoming', 'other'))
    writeFileSync(join(incoming(), 'onnx', WEIGHTS), readFileSync(join(source, 'onnx', WEIGHTS)).subarray(0, 1_000))
    await install()
    expect(asked(WEIGHTS)).toEqual(['bytes=1000-'])
    expect(readdirSync(join(modelsDir, '.incoming'))).toEqual([])
  })

  it('begins anew where the hub does not go on, or the whole is not what the hub has', async () => {
    mkdirSync(join(incoming(), 'onnx'), { recursive: true })
    writeFileSync(join(incoming(), 'onnx', WEIGHTS), 'something else')
    hub.fail({ file: 'model_quantized.onnx', do: { damage: true } })
    await install()
    expect(asked(WEIGHTS)).toEqual(['bytes=14-', 'whole'])
    rmSync(modelsDir, { recursive: true })
    hub.fail({ file: WEIGHTS, do: { cutAfter: 100_000 } }, { file: WEIGHTS, do: { whole: true } })
    await install()
  })

  it('tries again what may pass', async () => {
    hub.fail({ file: 'listing', do: { status: 503 } }, { file: 'tokenizer.json', do: { status: 429, headers: { 'retry-after': '0' } } }, { file: 'config.json', do: { status: 500 } })
    await install()
  })

  it('gives up in the end and leaves nothing that looks whole', async () => {
    hub.fail(...Array.from({ length: 4 }, () => ({ file: WEIGHTS, do: { cutAfter: 10 } })))
    await expect(install()).rejects.toMatchObject({ code: 'embedder_unavailable', status: 503 })
    expect(installedModel(modelsDir, ID)).toBeNull()
    await expect(install({ hub: 'http://127.0.0.1:9' })).rejects.toMatchObject({ code: 'embedder_unavailable' })
    hub.fail(...Array.from({ length: 4 }, () => ({ file: 'model_quantized.onnx', do: { damage: true as const } })))
    await expect(install()).rejects.toMatchObject({ code: 'embedder_unavailable' })
    expect(existsSync(join(incoming(), 'onnx/model_quantized.onnx'))).toBe(false)
  })

  it('stops when it is told to, and is ended when it takes too long', async () => {
    hub.fail({ file: WEIGHTS, do: { stallAfter: 1_000 } })
    const abort = new AbortController()
    const reason = new Error('the server stops')
    const work = install({ signal: abort.signal, limits: { stallMs: 60_000 }, onProgress: done => done > 2_000 && abort.abort(reason) })
    await expect(work).rejects.toBe(reason)
    hub.fail({ file: WEIGHTS, do: { stallAfter: 1_000 } })
    await expect(install({ limits: { stallMs: 60_000, totalMs: 500 } })).rejects.toMatchObject({ code: 'embedder_unavailable' })
  })

  it('refuses for good what cannot work, and says why', async () => {
    const refused = (work: Promise<string>, message: RegExp) => expect(work).rejects.toMatchObject({ code: 'embedder_unusable', message: expect.stringMatching(message) as string })
    await refused(install({ id: 'somebody/else' }), /no such model, or does not show it/)
    await refused(install({ limits: { totalBytes: 1_000 } }), /are allowed/)
    const dir = join(mkdtempSync(join(tmpdir(), 'ragtime-hub-')), 'bare')
    mkdirSync(dir)
    writeFileSync(join(dir, 'model.safetensors'), '')
    const others = await startFakeHub({ 'a/bare': dir, 'a/strange': writeTinyModel(join(dir, '../strange'), { dimensions: 16, settings: { '1_Pooling/config.json': null } }) })
    await refused(install({ hub: others.url, id: 'a/bare' }), /without an ONNX file.*Xenova\/bare/)
    await refused(install({ hub: others.url, id: 'a/strange' }), /does not know it/)
    await others.close()
    const lying = await startFakeHub({ [ID]: source }, { listing: { sha: '../../etc' } })
    await refused(install({ hub: lying.url }), /something else than a list of files/)
    await lying.close()
  })

  it('does not take a folder for a model whose manifest is missing', async () => {
    const dir = await install()
    rmSync(join(dir, 'model.json'))
    appendFileSync(join(dir, 'tokenizer.json'), 'half')
    expect(installedModel(modelsDir, ID)).toBeNull()
    expect(await install()).toBe(dir)
    expect(readFileSync(join(dir, 'tokenizer.json')).equals(readFileSync(join(source, 'tokenizer.json')))).toBe(true)
  })
})
