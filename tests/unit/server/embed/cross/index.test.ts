import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildModel } from '../../../../../script/build-model.ts'
import { describeCrossEncoder } from '../../../../../server/embed/cross/folder.ts'
import { createCrossEncoder, type CrossEncoder } from '../../../../../server/embed/cross/index.ts'
import { cutQuery, encodePair } from '../../../../../server/embed/cross/pairs.ts'
import { loadTokenizer } from '../../../../../server/embed/tokenizer.ts'
import { repository } from '../../../support/program.ts'
import { writeTinyCrossEncoder, type TinyCrossEncoder } from '../../../support/tiny-model.ts'

const entry = join(repository, 'server/embed/cross/worker.ts')
const folder = mkdtempSync(join(tmpdir(), 'ragtime-cross-'))
const QUERY = 'who wrote the maple leaf rag'
const TEXTS = ['zebras graze in large herds', 'joplin wrote the maple leaf rag', 'a maple is a tree', 'quartz crystals vibrate', 'the price of steel rose', 'nobody knows the rules of cricket']

let encoder: CrossEncoder
let count = 0
async function start(model: TinyCrossEncoder = {}, { window, help = false }: { window?: number, help?: boolean } = {}) {
  const modelDir = writeTinyCrossEncoder(join(folder, `tiny-${count++}`), model)
  const manifest = await describeCrossEncoder(modelDir)
  return createCrossEncoder({ modelDir, manifest: { ...manifest, ...window && { window } }, entry, help })
}
beforeAll(async () => {
  buildModel(join(repository, '.model/all-MiniLM-L6-v2'))
  encoder = await start()
}, 60_000)
afterAll(() => encoder?.close())

describe('createCrossEncoder', () => {
  it('gives each pair a probability in its place, the highest to the text that answers', async () => {
    const scores = await encoder.score(QUERY, TEXTS)
    expect(scores).toHaveLength(TEXTS.length)
    for (const score of scores) expect(score > 0 && score < 1).toBe(true)
    expect(scores.indexOf(Math.max(...scores))).toBe(1)
    expect(await encoder.score(QUERY, [])).toEqual([])
  })

  it('gives a pair the same whatever is asked beside it, also with a second thread', async () => {
    const scores = await encoder.score(QUERY, TEXTS)
    expect(await encoder.score(QUERY, TEXTS.toReversed())).toEqual(scores.toReversed())
    for (const [i, text] of TEXTS.entries()) expect(await encoder.score(QUERY, [text])).toEqual([scores[i]])
    const helped = await start({}, { help: true })
    const many = Array.from({ length: 10 }, () => TEXTS).flat()
    expect(await helped.score(QUERY, many)).toEqual(Array.from({ length: 10 }, () => scores).flat())
    expect(await helped.score(QUERY, many)).toEqual(Array.from({ length: 10 }, () => scores).flat())
    await helped.close()
  })

  it('reads the beginning of a text that does not fit, and leaves room for it beside a long question', async () => {
    const small = await start({}, { window: 24 })
    const long = `${TEXTS[1]} ${'and so on '.repeat(100)}`
    const longer = `${TEXTS[1]} ${'and so on '.repeat(200)}`
    const [a, b] = await small.score(QUERY, [long, longer])
    expect(a).toBe(b)
    const [near, far] = await small.score(`${QUERY} `.repeat(300), [TEXTS[1]!, TEXTS[0]!])
    expect(near).toBeGreaterThan(far!)
    await small.close()
  })

  it('stops for an aborted signal with its reason, and goes on with the next question', async () => {
    const reason = new Error('taken back')
    await expect(encoder.score(QUERY, TEXTS, AbortSignal.abort(reason))).rejects.toBe(reason)
    const stop = new AbortController()
    const pending = encoder.score(QUERY, Array.from({ length: 60 }, () => TEXTS).flat(), stop.signal)
    stop.abort(reason)
    await expect(pending).rejects.toBe(reason)
    expect(await encoder.score(QUERY, TEXTS)).toHaveLength(TEXTS.length)
  })

  it('does not start a model that gives something else than one number for a pair', async () => {
    for (const model of [{ labels: 2 }, { broken: true }]) {
      await expect(start(model)).rejects.toMatchObject({ code: 'reranker_failed', status: 503 })
    }
    const other = await start({ output: 'scores' })
    expect(await other.score(QUERY, TEXTS)).toEqual(await encoder.score(QUERY, TEXTS))
    await other.close()
  })

  it('does not start without its file', async () => {
    const modelDir = writeTinyCrossEncoder(join(folder, 'gone'))
    const manifest = await describeCrossEncoder(modelDir)
    await expect(createCrossEncoder({ modelDir, manifest: { ...manifest, modelFile: 'onnx/none.onnx' }, entry })).rejects.toMatchObject({ code: 'reranker_failed' })
  })
})

describe('encodePair', () => {
  const tokenizer = () => loadTokenizer(join(repository, '.model/all-MiniLM-L6-v2'))

  it('tells question and text apart, and cuts the text alone', () => {
    const whole = encodePair(tokenizer(), 'maple leaf', 'a tree', 512)
    const start = whole.types!.indexOf(1)
    expect(whole.types).toEqual(whole.ids.map((_, i) => i < start ? 0 : 1))
    expect(start).toBe(4)
    const cut = encodePair(tokenizer(), 'maple leaf', 'a tree '.repeat(50), 16)
    expect(cut.ids).toHaveLength(16)
    expect(cut.types).toHaveLength(16)
    expect(cut.ids.slice(0, 6)).toEqual(whole.ids.slice(0, 6))
    expect(cut.ids.at(-1)).toBe(whole.ids.at(-1))
  })

  it('cuts a question to half of the window, between characters', () => {
    expect(cutQuery(tokenizer(), QUERY, 512)).toBe(QUERY)
    for (const text of ['maple leaf '.repeat(500), '槭樹'.repeat(4_000), '🍁'.repeat(4_000)]) {
      const cut = cutQuery(tokenizer(), text, 32)
      expect(tokenizer().tokenize(cut).length).toBeLessThanOrEqual(16)
      expect(cut.isWellFormed()).toBe(true)
      expect(cut).not.toBe('')
    }
  })
})
