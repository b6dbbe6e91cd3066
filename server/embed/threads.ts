import { WorkerThread, type Priority, type WorkerThreadOptions } from '../utils/worker-thread.ts'

/** Texts that wait on the first thread before a second one is worth its start: about a third of a second of work. */
const HELP_FROM = 12
/** A second thread that had nothing to do for this long ends: it holds some 35 MB. */
const IDLE_MS = 10_000

/** After a question it stays for the next one: it takes longer to start than it would save. */
const IDLE_AFTER_QUESTION_MS = 120_000

interface Member<Request, Reply> { thread: WorkerThread<Request, Reply>, pending: number }

/**
 * One thread that is always there and, while documents are embedded and `help` allows it, a second one. Two texts side
 * by side on a core each take a quarter less processor time than one text after another on both: the parts of one text
 * wait for each other. Questions go to the first thread, past what waits there; the many texts of a question that is waiting for its ranking go to both, past what waits there.
 */
export class EmbedThreads<Request, Reply> {
  readonly #options: WorkerThreadOptions
  readonly #help: boolean
  readonly #first: Member<Request, Reply>
  #helper: Member<Request, Reply> | null = null
  #starting: Promise<void> | null = null
  #idle: NodeJS.Timeout | undefined
  #idleMs = IDLE_MS
  #closed = false

  constructor(options: WorkerThreadOptions, help: boolean) {
    this.#options = options
    this.#help = help
    this.#first = this.#member()
  }

  /** Waits until the first thread is ready. */
  async start(): Promise<void> {
    await this.#first.thread.start()
  }

  /** Threads that take work now. */
  get size(): number {
    return this.#helper ? 2 : 1
  }

  async call(request: Request, priority: Priority, signal?: AbortSignal): Promise<Reply> {
    if (priority === 'urgent') return this.#run(this.#first, request, priority, signal)
    return this.#run(this.#leastBusy(HELP_FROM), request, priority, signal)
  }

  /** One of several urgent requests, for whichever thread has less to do. */
  async callAmong(request: Request, signal?: AbortSignal): Promise<Reply> {
    this.#idleMs = IDLE_AFTER_QUESTION_MS
    return this.#run(this.#leastBusy(0), request, 'urgent', signal)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#idle)
    await Promise.all([this.#first.thread.close(), this.#helper?.thread.close()])
    await this.#starting
  }

  async #run(member: Member<Request, Reply>, request: Request, priority: Priority, signal?: AbortSignal): Promise<Reply> {
    member.pending++
    try {
      return await member.thread.call(request, priority, signal)
    }
    finally {
      member.pending--
      if (member === this.#helper && member.pending === 0) this.#awaitWork(member)
    }
  }

  #member(): Member<Request, Reply> {
    return { thread: new WorkerThread(this.#options), pending: 0 }
  }

  #leastBusy(helpFrom: number): Member<Request, Reply> {
    if (this.#helper && this.#helper.pending < this.#first.pending) {
      clearTimeout(this.#idle)
      return this.#helper
    }
    if (this.#help && !this.#helper && !this.#closed && this.#first.pending >= helpFrom) {
      this.#starting ??= this.#hire().finally(() => {
        this.#starting = null
      })
    }
    return this.#first
  }

  /** Nothing is given to the second thread before it is ready, so that its failure to start costs nothing. */
  async #hire(): Promise<void> {
    const member = this.#member()
    try {
      await member.thread.start()
    }
    catch {
      await member.thread.close()
      return
    }
    if (this.#closed) return await member.thread.close()
    this.#helper = member
    this.#awaitWork(member)
  }

  #awaitWork(member: Member<Request, Reply>): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#dismiss(member), this.#idleMs).unref()
  }

  #dismiss(member: Member<Request, Reply>): void {
    if (member !== this.#helper || member.pending > 0) return
    this.#helper = null
    this.#idleMs = IDLE_MS
    void member.thread.close()
  }
}
