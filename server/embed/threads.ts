import { WorkerThread, type Priority, type WorkerThreadOptions } from '../utils/worker-thread.ts'

/** Texts that wait on the first thread before a second one is worth its start: about a third of a second of work. */
const HELP_FROM = 12
/** A second thread that had nothing to do for this long ends: it holds some 35 MB. */
const IDLE_MS = 10_000

interface Member<Reply> { thread: WorkerThread<string, Reply>, pending: number }

/**
 * One thread that is always there and, while documents are embedded and `help` allows it, a second one. Two texts side
 * by side on a core each take a quarter less processor time than one text after another on both: the parts of one text
 * wait for each other. Questions go to the first thread, past what waits there.
 */
export class EmbedThreads<Reply> {
  readonly #options: WorkerThreadOptions
  readonly #help: boolean
  readonly #first: Member<Reply>
  #helper: Member<Reply> | null = null
  #starting: Promise<void> | null = null
  #idle: NodeJS.Timeout | undefined
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

  async call(text: string, priority: Priority, signal?: AbortSignal): Promise<Reply> {
    const member = priority === 'urgent' ? this.#first : this.#leastBusy()
    member.pending++
    try {
      return await member.thread.call(text, priority, signal)
    }
    finally {
      member.pending--
      if (member === this.#helper && member.pending === 0) this.#idle = setTimeout(() => this.#dismiss(member), IDLE_MS).unref()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#idle)
    await Promise.all([this.#first.thread.close(), this.#helper?.thread.close()])
    await this.#starting
  }

  #member(): Member<Reply> {
    return { thread: new WorkerThread(this.#options), pending: 0 }
  }

  #leastBusy(): Member<Reply> {
    if (this.#helper && this.#helper.pending < this.#first.pending) {
      clearTimeout(this.#idle)
      return this.#helper
    }
    if (this.#help && !this.#helper && !this.#closed && this.#first.pending >= HELP_FROM) {
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
    this.#idle = setTimeout(() => this.#dismiss(member), IDLE_MS).unref()
  }

  #dismiss(member: Member<Reply>): void {
    if (member !== this.#helper || member.pending > 0) return
    this.#helper = null
    void member.thread.close()
  }
}
