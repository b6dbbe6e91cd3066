import type { Priority } from '../../utils/worker-thread.ts'

interface Waiting { go: () => void, reject: (error: Error) => void }

/**
 * Bounds how many calls run at a time. Urgent ones go before all that waits and have a place that others never take, so
 * that a question does not wait for a batch of documents.
 */
export class Lanes {
  readonly #places: number
  readonly #maxWaiting: number
  readonly #waiting: Record<Priority, Waiting[]> = { urgent: [], normal: [] }
  #running = 0

  /** @param places calls at a time, at least 2; the last is for urgent ones alone */
  constructor(places: number, maxWaiting: number) {
    this.#places = places
    this.#maxWaiting = maxWaiting
  }

  async run<T>(priority: Priority, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    if (!this.#hasPlace(priority)) await this.#wait(priority, signal)
    else this.#running++
    try {
      return await work()
    }
    finally {
      this.#running--
      this.#next()
    }
  }

  /** Rejects all that waits. */
  close(error: Error): void {
    for (const { reject } of [...this.#waiting.urgent.splice(0), ...this.#waiting.normal.splice(0)]) reject(error)
  }

  #hasPlace(priority: Priority): boolean {
    return this.#running < (priority === 'urgent' ? this.#places : this.#places - 1)
  }

  async #wait(priority: Priority, signal?: AbortSignal): Promise<void> {
    const queue = this.#waiting[priority]
    if (queue.length >= this.#maxWaiting) throw new Error(`${queue.length} calls are waiting already`)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const entry: Waiting = { go: resolve, reject }
    queue.push(entry)
    const onAbort = () => {
      const index = queue.indexOf(entry)
      // One that was just let in goes on, and finds the signal itself.
      if (index < 0) return
      queue.splice(index, 1)
      reject(signal!.reason as Error)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await promise
    }
    finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** The place is taken for whoever is let in before it goes on. */
  #next(): void {
    for (const priority of ['urgent', 'normal'] as const) {
      while (this.#waiting[priority].length > 0 && this.#hasPlace(priority)) {
        this.#running++
        this.#waiting[priority].shift()!.go()
      }
    }
  }
}
