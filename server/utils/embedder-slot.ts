import { setTimeout as pause } from 'node:timers/promises'
import type { EmbedderStatus } from '../../shared/schemas/status.ts'
import { write, type Db } from '../db/connection.ts'
import { dropFormerIndex, formerIndex, keepFormerIndex, restoreFormerVectors } from '../db/former-vectors.ts'
import { readIndexSetting } from '../db/vector-table.ts'
import { ensureVectorIndex } from '../db/vectors.ts'
import { openEmbedder, prepareEmbedder, reopenEmbedder, type EmbedderPlaces, type EmbedderSettings } from '../embed/open.ts'
import type { Embedder } from '../embed/types.ts'
import { AppError } from './app-error.ts'

/** A small model of a near hub, or a service that is well, is there before the server takes its first document. */
const START_WAIT_MS = 3_000
const FIRST_RETRY_MS = 10_000
const LONGEST_RETRY_MS = 10 * 60_000

export interface EmbedderSlotOptions {
  db: Db
  settings: EmbedderSettings
  places: EmbedderPlaces
  log: (level: 'info' | 'warn' | 'error', message: string, fields?: { embedder?: string, error?: unknown }) => void
  /** Runs `change` while nothing else uses an embedder to write, and whatever has to follow. */
  exchange: (change: () => void) => Promise<void>
  /** First pause after what may pass by itself; it doubles. */
  retryMs?: number
}

/**
 * Holds the embedder in use. The chosen one may still have to be fetched from a hub, or to be asked what it is, and neither may be
 * possible now. Until then the one that made the index goes on, where it can be had, else searches go by words alone; then the
 * chosen one takes its place without a restart.
 */
export class EmbedderSlot {
  readonly #options: EmbedderSlotOptions
  readonly #stop = new AbortController()
  #embedder: Embedder | null = null
  #former: Embedder | null = null
  #state: EmbedderStatus['state'] = 'off'
  #message: string | null = null
  #preparing: Promise<void> = Promise.resolve()

  private constructor(options: EmbedderSlotOptions) {
    this.#options = options
  }

  /** Opens what is there, puts the vector index in order for it, and begins to get what is not. */
  static async open(options: EmbedderSlotOptions): Promise<EmbedderSlot> {
    const slot = new EmbedderSlot(options)
    await slot.#open()
    return slot
  }

  /** Null in keyword mode. */
  get embedder(): Embedder | null {
    return this.#embedder
  }

  /** The one before it, while its index still serves searches. */
  get former(): Embedder | null {
    return this.#former
  }

  get status(): EmbedderStatus {
    const trouble = this.#state === 'ready' ? this.#embedder?.trouble?.() ?? null : null
    return { id: this.#embedder?.id ?? null, state: this.#state, message: trouble ?? this.#message }
  }

  /** The former index has made way. */
  dismissFormer(): void {
    void this.#former?.close()
    this.#former = null
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#preparing
    await Promise.all([this.#embedder?.close(), this.#former?.close()])
  }

  async #open(): Promise<void> {
    const { db, settings, places, log } = this.#options
    const { choice } = settings
    if (choice.kind === 'none') return
    const index = readIndexSetting(db)
    try {
      const embedder = await openEmbedder(settings, places, index)
      if (embedder) return await this.#begin(embedder, 'ready')
      if (choice.kind === 'shipped') this.#fail('missing', 'There is no embedding model beside the server.')
    }
    catch (error) {
      this.#fail('failed', error)
    }
    const standIn = index && await reopenEmbedder(index, settings, places)
    if (standIn) await this.#begin(standIn, this.#state)
    if (choice.kind !== 'hub' && choice.kind !== 'hosted') return
    if (this.#state === 'failed') return
    this.#state = 'preparing'
    this.#message = choice.kind === 'hub' ? 'The embedding model is being fetched.' : 'The embedding service is being asked.'
    log('info', this.#message)
    // What becomes ready in time needs no exchange.
    let started = false
    let begun: Promise<void> = Promise.resolve()
    const first = this.#attempt(async (embedder) => {
      if (started) return this.#exchange(embedder)
      begun = this.#leave().then(() => this.#begin(embedder, 'ready'))
      await begun
    })
    this.#preparing = first.then(done => done ? undefined : this.#keepTrying())
    await Promise.race([first, pause(START_WAIT_MS, undefined, { ref: false })])
    started = true
    await begun
  }

  /** Tries until it succeeds, cannot, or the server stops. */
  async #keepTrying(): Promise<void> {
    const { signal } = this.#stop
    for (let wait = this.#options.retryMs ?? FIRST_RETRY_MS; this.#state === 'waiting'; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
      await pause(wait, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted || await this.#attempt(embedder => this.#exchange(embedder))) return
    }
  }

  /** @returns whether there is nothing left to try */
  async #attempt(use: (embedder: Embedder) => Promise<void>): Promise<boolean> {
    const { settings, places } = this.#options
    try {
      const embedder = await prepareEmbedder(settings, places, this.#stop.signal, (done, total) => {
        this.#message = `The embedding model is being fetched: ${Math.floor(done / 1024 / 1024)} of ${Math.ceil(total / 1024 / 1024)} MB.`
      })
      if (embedder) await use(embedder)
      return true
    }
    catch (error) {
      if (this.#stop.signal.aborted) return true
      this.#fail(error instanceof AppError && error.code === 'embedder_unavailable' ? 'waiting' : 'failed', error)
      return false
    }
  }

  /** At the start, when nothing uses an embedder yet. */
  async #begin(embedder: Embedder, state: EmbedderStatus['state']): Promise<void> {
    const { db, settings, places } = this.#options
    const before = formerIndex(db) ?? readIndexSetting(db)
    if (before && before.embedderId !== embedder.id) this.#former = await reopenEmbedder(before, settings, places)
    this.#use(embedder)
    this.#state = state
    if (state === 'ready') this.#message = null
  }

  async #leave(): Promise<void> {
    await Promise.all([this.#embedder?.close(), this.#former?.close()])
    this.#embedder = this.#former = null
  }

  /** While the server runs: whoever has the vectors that serve goes on answering questions until the new ones are whole. */
  async #exchange(embedder: Embedder): Promise<void> {
    const { db, log, exchange } = this.#options
    const before = [this.#embedder, this.#former].filter(one => one !== null)
    let changed = false
    await exchange(() => {
      const serving = formerIndex(db) ?? readIndexSetting(db)
      this.#former = before.find(one => one.id === serving?.embedderId && one.id !== embedder.id) ?? null
      this.#use(embedder)
      this.#state = 'ready'
      this.#message = null
      changed = true
    })
    if (!changed) return void await embedder.close()
    log('info', 'The embedding model is there and in use', { embedder: embedder.id })
    for (const one of before) if (one !== this.#former) void one.close()
  }

  /** The index in order for this embedder, with the vectors before it kept where `#former` can search them. */
  #use(embedder: Embedder): void {
    const { db } = this.#options
    const index = { embedderId: embedder.id, dimensions: embedder.dimensions }
    const serving = formerIndex(db) ?? readIndexSetting(db)
    if (!serving || serving.embedderId === embedder.id) restoreFormerVectors(db)
    else if (this.#former) keepFormerIndex(db, index)
    else write(db, () => dropFormerIndex(db))
    ensureVectorIndex(db, index)
    this.#embedder = embedder
  }

  #fail(state: 'missing' | 'waiting' | 'failed', reason: unknown): void {
    const { log } = this.#options
    this.#state = state
    this.#message = reason instanceof AppError ? reason.message : typeof reason === 'string' ? reason : 'The embedding model could not be loaded; the log says why.'
    log(state === 'waiting' ? 'warn' : 'error', this.#message, typeof reason === 'string' ? {} : { error: reason })
  }
}
