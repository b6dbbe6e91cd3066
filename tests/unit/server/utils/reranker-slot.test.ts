import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RerankerSlot, type RerankerSlotOptions } from '../../../../server/utils/reranker-slot.ts'
import { startFakeHub, type FakeHub } from '../../support/fake-hub.ts'
import { repository } from '../../support/program.ts'
import { writeTinyCrossEncoder, writeTinyModel } from '../../support/tiny-model.ts'
import { until } from '../ingest/support/harness.ts'

const folder = mkdtempSync(join(tmpdir(), 'ragtime-reranker-slot-'))
let hub: FakeHub
let modelsDir: string
const slots: RerankerSlot[] = []
const said: string[] = []

beforeAll(async () => {
  hub = await startFakeHub({ 'somebody/tiny': writeTinyCrossEncoder(join(folder, 'tiny')), 'somebody/embedder': writeTinyModel(join(folder, 'embedder'), { dimensions: 16 }) })
})
afterAll(() => hub.close())
beforeEach(() => {
  modelsDir = mkdtempSync(join(folder, 'models-'))
  said.splice(0)
})
afterEach(async () => {
  for (const slot of slots.splice(0)) await slot.close()
})

function open(choice: RerankerSlotOptions['choice'], url = hub.url) {
  const slot = new RerankerSlot({ choice, url, modelsDir, entry: join(repository, 'server/embed/cross/worker.ts'), log: (level, message) => said.push(`${level} ${message}`), retryMs: 20 })
  slots.push(slot)
  return slot
}
const settled = (slot: RerankerSlot) => until(() => ['ready', 'failed'].includes(slot.status.state))
const HUB = { kind: 'hub', id: 'somebody/tiny' } as const

describe('RerankerSlot', () => {
  it('is off where none was chosen', () => {
    const slot = open(null)
    expect([slot.status, slot.encoder]).toEqual([{ id: null, state: 'off', message: null }, null])
  })

  it('opens a folder beside the start, and has nothing until it is ready', async () => {
    const slot = open({ kind: 'folder', path: join(folder, 'tiny') })
    expect(slot.encoder).toBeNull()
    expect(slot.status.state).toBe('preparing')
    await settled(slot)
    expect(slot.status).toEqual({ id: slot.encoder!.id, state: 'ready', message: null })
    expect(await slot.encoder!.score('maple leaf', ['the maple leaf', 'steel'])).toHaveLength(2)
  })

  it('fetches a model from a hub once, and tries again what may pass by itself', async () => {
    hub.fail({ file: 'listing', do: { status: 503, headers: { 'retry-after': '0' } } }, ...Array.from({ length: 6 }, () => ({ file: 'listing', do: { status: 503, headers: { 'retry-after': '0' } } })))
    const slot = open(HUB)
    await settled(slot)
    expect(slot.status).toMatchObject({ id: expect.stringMatching(/^tiny-quantized-/) as string, state: 'ready' })
    expect(said[0]).toMatch(/^warn The reranking model somebody\/tiny could not be fetched/)
    expect(existsSync(join(modelsDir, 'somebody--tiny/model.json'))).toBe(true)
    const asked = hub.requests.length
    const again = open(HUB)
    await settled(again)
    expect(again.status).toEqual(slot.status)
    expect(hub.requests.length).toBe(asked)
  })

  it('says why a model cannot be used, and does not try again', async () => {
    for (const [choice, message] of [
      [{ kind: 'folder', path: join(folder, 'nowhere') }, /reranking model nowhere cannot be used: there is no folder/],
      [{ kind: 'folder', path: join(folder, 'embedder') }, /one number for a question/],
      [{ kind: 'hub', id: 'somebody/embedder' }, /one number for a question/],
      [{ kind: 'hub', id: 'somebody/unknown' }, /the hub has no such model/],
    ] as [RerankerSlotOptions['choice'], RegExp][]) {
      const slot = open(choice)
      await settled(slot)
      expect(slot.status).toMatchObject({ id: null, state: 'failed', message: expect.stringMatching(message) as string })
      expect(slot.encoder).toBeNull()
    }
    const broken = open({ kind: 'folder', path: writeTinyCrossEncoder(join(folder, 'broken'), { labels: 3 }) })
    await settled(broken)
    expect(broken.status).toMatchObject({ state: 'failed', message: expect.stringMatching(/could not be loaded/) as string })
  })

  it('can be closed in the middle of a fetch', async () => {
    hub.fail({ file: 'model_quantized.onnx_data', do: { stallAfter: 100 } })
    const slot = open(HUB)
    await until(() => hub.requests.at(-1)!.path.endsWith('onnx_data'))
    await slot.close()
    expect(slot.encoder).toBeNull()
  })
})
