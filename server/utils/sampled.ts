import { setTimeout as pause } from 'node:timers/promises'

export interface SampledOptions {
  /** How long a reader waits for a fresh value before the one before it will do. */
  waitMs: number
  /** A probe that has been under way for this long hangs. */
  hangMs: number
}

/**
 * Reads something that usually answers at once and may not: the reader never waits long. Each read starts a probe unless
 * one is under way, and gives its outcome or, where it takes longer than `waitMs`, that of the one before it.
 *
 * The very first read has nothing before it and waits for `hangMs`.
 *
 * @returns the function that reads; it rejects with the probe's error, or with one that says for how long there was no answer
 */
export function sampled<T>(probe: () => Promise<T>, { waitMs, hangMs }: SampledOptions): () => Promise<T> {
  let last: PromiseSettledResult<T> | null = null
  let running: { since: number, ended: Promise<unknown> } | null = null

  function start(): { since: number, ended: Promise<unknown> } {
    const ended = Promise.allSettled([probe()]).then(([outcome]) => {
      last = outcome
      running = null
    })
    return running = { since: performance.now(), ended }
  }

  return async () => {
    const { since, ended } = running ?? start()
    const limit = new AbortController()
    await Promise.race([ended, pause(last ? waitMs : hangMs, undefined, { signal: limit.signal }).catch(() => {})])
    limit.abort()
    const waited = performance.now() - since
    if (!last || (running && waited >= hangMs)) throw new Error(`no answer for ${Math.round(waited / 1000)} s`)
    const outcome: PromiseSettledResult<T> = last
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  }
}
