import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ModelStatus } from '../../shared/schemas/status.ts'
import type { EmbedderChoice } from '../embed/choice.ts'
import { describeCrossEncoder, RERANKING_MODEL } from '../embed/cross/folder.ts'
import { createCrossEncoder, type CrossEncoder } from '../embed/cross/index.ts'
import { HUB_URL, installedModel, installModel } from '../embed/hub.ts'
import { unusable } from '../embed/model-folder.ts'
import { AppError } from './app-error.ts'

const FIRST_RETRY_MS = 10_000
const LONGEST_RETRY_MS = 10 * 60_000

/** Which reranking model was chosen; null: none. */
export type RerankerChoice = Extract<EmbedderChoice, { kind: 'folder' | 'hub' }> | null

export interface RerankerSlotOptions {
  choice: RerankerChoice
  /** Address of the hub; null: the usual one. */
  url: string | null
  /** Where models of a hub are kept; not among embedding models, whose half-fetched neighbours are removed. */
  modelsDir: string
  /** Path of the thread's program or of its bundle. */
  entry: string
  log: (level: 'info' | 'warn' | 'error', message: string, fields?: { model?: string, error?: unknown }) => void
  /** First pause after what may pass by itself; it doubles. */
  retryMs?: number
}

/**
 * Holds the reranking model that was chosen, once it is there. Nothing waits for it: until then, and where it cannot be had,
 * searches do without, and its status says so.
 */
export class RerankerSlot {
  readonly #options: RerankerSlotOptions
  readonly #stop = new AbortController()
  readonly #opening: Promise<void>
  #encoder: CrossEncoder | null = null
  #status: ModelStatus

  constructor(options: RerankerSlotOptions) {
    this.#options = options
    const { choice } = options
    this.#status = { id: null, state: choice ? 'preparing' : 'off', message: choice ? 'The reranking model is being loaded.' : null }
    this.#opening = choice ? this.#keepTrying(choice) : Promise.resolve()
  }

  /** Null until it is ready. */
  get encoder(): CrossEncoder | null {
    return this.#encoder
  }

  get status(): ModelStatus {
    return this.#status
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#opening
    await this.#encoder?.close()
    this.#encoder = null
  }

  async #keepTrying(choice: NonNullable<RerankerChoice>): Promise<void> {
    const { log, retryMs = FIRST_RETRY_MS } = this.#options
    const { signal } = this.#stop
    for (let wait = retryMs; !signal.aborted; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
      try {
        const encoder = await this.#open(choice)
        this.#encoder = encoder
        this.#status = { id: encoder.id, state: 'ready', message: null }
        log('info', 'The reranking model is there and in use', { model: encoder.id })
        return
      }
      catch (error) {
        if (signal.aborted) return
        const mayPass = error instanceof AppError && error.code === 'reranker_unavailable'
        const message = error instanceof AppError ? error.message : 'The reranking model could not be loaded; the log says why.'
        this.#status = { id: null, state: mayPass ? 'waiting' : 'failed', message }
        log(mayPass ? 'warn' : 'error', message, { error })
        if (!mayPass) return
      }
      await pause(wait, undefined, { signal, ref: false }).catch(() => {})
    }
  }

  async #open(choice: NonNullable<RerankerChoice>): Promise<CrossEncoder> {
    const modelDir = choice.kind === 'folder' ? choice.path : await this.#fetch(choice.id)
    if (!existsSync(modelDir)) throw unusable(basename(modelDir), `there is no folder ${modelDir}`, undefined, RERANKING_MODEL)
    const manifest = await describeCrossEncoder(modelDir)
    try {
      return await createCrossEncoder({ modelDir, manifest, entry: this.#options.entry })
    }
    catch (cause) {
      throw unusable(manifest.id, 'it could not be loaded; the log says why', cause, RERANKING_MODEL)
    }
  }

  async #fetch(id: string): Promise<string> {
    const { url, modelsDir } = this.#options
    return installedModel(modelsDir, id) ?? installModel({
      hub: url ?? HUB_URL, id, modelsDir, signal: this.#stop.signal, kind: RERANKING_MODEL, describe: describeCrossEncoder,
      onProgress: (done, total) => {
        this.#status = { id: null, state: 'preparing', message: `The reranking model is being fetched: ${Math.floor(done / 1024 / 1024)} of ${Math.ceil(total / 1024 / 1024)} MB.` }
      },
    })
  }
}
