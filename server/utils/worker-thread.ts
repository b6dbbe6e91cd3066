import { Worker } from 'node:worker_threads'

/** After this many starts in a row that failed, what waits is rejected; the next call tries again. */
const MAX_FAILED_STARTS = 3
const RESTART_DELAY_MS = 100
/** What runs may end by itself; native code that is cut off while it computes ends the process. */
const CLOSE_GRACE_MS = 3_000
/** A request that was running when the thread died may not be to blame; one that was there twice is. */
const MAX_ATTEMPTS = 2
/** Of a thread's short-lived objects. V8 would let each thread fill 48 MB before it clears up; two of them kept 21 MB more. */
const YOUNG_GENERATION_MB = 6

export interface WorkerThreadOptions {
  /** Path of the program; it calls `serveThread` of serve-thread.ts. */
  entry: string
  workerData: unknown
  /** Ends the thread when a request has run this long. */
  timeoutMs: number
  startTimeoutMs: number
  /** Requests handed over at a time: 2 keeps the thread busy while this one is slow to answer, 1 keeps urgent ones first. */
  inFlight: number
  /** Longest queue of each priority; beyond it a call is refused. */
  maxWaiting: { urgent: number, normal: number }
  maxHeapMb: number
}

export interface ThreadRequest<Request> { id: number, request: Request }
export type ThreadMessage<Request> = ThreadRequest<Request> | { end: true }
export type ThreadReply<Reply>
  = | { ready: true, id?: undefined }
    | { id: number, ok: true, value: Reply, ready?: undefined }
    | { id: number, ok: false, error: string, ready?: undefined }

export type Priority = 'urgent' | 'normal'

interface Job<Request, Reply> {
  id: number
  request: Request
  priority: Priority
  attempts: number
  resolve: (reply: Reply) => void
  reject: (error: Error) => void
}

/**
 * One worker thread that answers requests in order, urgent ones first, and is replaced when it dies or hangs.
 * Errors are plain; whoever owns the thread turns them into what a person should read.
 */
export class WorkerThread<Request, Reply> {
  readonly #options: WorkerThreadOptions
  readonly #waiting: Record<Priority, Job<Request, Reply>[]> = { urgent: [], normal: [] }
  readonly #running = new Map<number, { job: Job<Request, Reply>, timer: NodeJS.Timeout }>()
  #worker: Worker | null = null
  #starting: Promise<void> | null = null
  #failedStarts = 0
  #nextId = 1
  #closed = false

  constructor(options: WorkerThreadOptions) {
    this.#options = options
  }

  /** Starts the thread and waits until it is ready; rejects when it cannot start. Calls start it as well. */
  async start(): Promise<void> {
    if (this.#worker || this.#closed) return
    this.#starting ??= this.#launch().finally(() => {
      this.#starting = null
    })
    await this.#starting
  }

  /** Runs one request. An aborted `signal` rejects at once; what already runs is left to end unheard. */
  async call(request: Request, priority: Priority = 'normal', signal?: AbortSignal): Promise<Reply> {
    signal?.throwIfAborted()
    if (this.#closed) throw new Error('The thread was closed')
    const queue = this.#waiting[priority]
    if (queue.length >= this.#options.maxWaiting[priority]) throw new Error(`${queue.length} requests are waiting already`)
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    const job = { id: this.#nextId++, request, priority, attempts: 0, resolve, reject }
    queue.push(job)
    const onAbort = () => {
      const index = queue.indexOf(job)
      if (index >= 0) queue.splice(index, 1)
      reject(signal!.reason instanceof Error ? signal!.reason : new Error('Aborted'))
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#pump()
    try {
      return await promise
    }
    finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Ends the thread after what it is at; what waits or runs is rejected at once. */
  async close(): Promise<void> {
    this.#closed = true
    const error = new Error('The thread was closed')
    for (const { job, timer } of this.#running.values()) {
      clearTimeout(timer)
      job.reject(error)
    }
    this.#running.clear()
    this.#rejectWaiting(error)
    await this.#starting?.catch(() => {})
    const worker = this.#worker
    this.#worker = null
    if (!worker) return
    const gone = new Promise<void>(resolve => worker.once('exit', () => resolve()))
    worker.postMessage({ end: true } satisfies ThreadMessage<Request>)
    const timer = setTimeout(() => void worker.terminate(), CLOSE_GRACE_MS)
    await gone
    clearTimeout(timer)
  }

  #pump(): void {
    if (this.#closed) return
    if (!this.#worker) {
      if (this.#starting || (this.#waiting.urgent.length === 0 && this.#waiting.normal.length === 0)) return
      this.start().then(() => this.#pump(), error => this.#startFailed(error as Error))
      return
    }
    while (this.#running.size < this.#options.inFlight) {
      const job = this.#waiting.urgent.shift() ?? this.#waiting.normal.shift()
      if (!job) return
      job.attempts++
      const timer = setTimeout(() => this.#lost(new Error(`No answer within ${this.#options.timeoutMs} ms`)), this.#options.timeoutMs)
      this.#running.set(job.id, { job, timer })
      this.#worker.postMessage({ id: job.id, request: job.request } satisfies ThreadRequest<Request>)
    }
  }

  async #launch(): Promise<void> {
    if (this.#failedStarts > 0) await new Promise(resolve => setTimeout(resolve, RESTART_DELAY_MS * 2 ** this.#failedStarts))
    if (this.#closed) return
    const worker = new Worker(this.#options.entry, {
      workerData: this.#options.workerData,
      // Secrets of the server are none of its business.
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: this.#options.maxHeapMb, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    })
    const ready = Promise.withResolvers<void>()
    const timer = setTimeout(() => ready.reject(new Error(`Not ready within ${this.#options.startTimeoutMs} ms`)), this.#options.startTimeoutMs)
    worker.on('message', (reply: ThreadReply<Reply>) => {
      if (reply.ready) ready.resolve()
      else if (worker === this.#worker) this.#settle(reply)
    })
    const onEnd = (error: Error) => {
      ready.reject(error)
      if (worker === this.#worker) this.#lost(error)
    }
    worker.once('error', onEnd)
    worker.once('exit', code => onEnd(new Error(`The thread ended with code ${code}`)))
    try {
      await ready.promise
      this.#worker = worker
      this.#failedStarts = 0
    }
    catch (error) {
      this.#failedStarts++
      await worker.terminate()
      throw error
    }
    finally {
      clearTimeout(timer)
    }
  }

  #settle(reply: Exclude<ThreadReply<Reply>, { ready: true }>): void {
    const entry = this.#running.get(reply.id)
    if (!entry) return
    clearTimeout(entry.timer)
    this.#running.delete(reply.id)
    if (reply.ok) entry.job.resolve(reply.value)
    else entry.job.reject(new Error(reply.error))
    this.#pump()
  }

  /** The thread died or hangs: replaces it, and gives what it was at one more try. */
  #lost(error: Error): void {
    const worker = this.#worker
    this.#worker = null
    void worker?.terminate()
    const running = [...this.#running.values()].reverse()
    this.#running.clear()
    for (const { job, timer } of running) {
      clearTimeout(timer)
      if (job.attempts >= MAX_ATTEMPTS) job.reject(error)
      else this.#waiting[job.priority].unshift(job)
    }
    this.#pump()
  }

  #startFailed(error: Error): void {
    if (this.#failedStarts >= MAX_FAILED_STARTS) this.#rejectWaiting(error)
    this.#pump()
  }

  #rejectWaiting(error: Error): void {
    for (const job of [...this.#waiting.urgent.splice(0), ...this.#waiting.normal.splice(0)]) job.reject(error)
  }
}
