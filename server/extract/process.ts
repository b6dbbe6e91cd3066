import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { createReadStream, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import type { AppError } from '../utils/app-error.ts'
import type { Request } from './child.ts'
import { extractorCommand, type Wall } from './command.ts'
import { failure } from './failures.ts'
import { MAX_LINE_BYTES, outputLimit } from './limits.ts'
import { readLines } from './lines.ts'
import { PAGE_GRANT } from './ocr/limits.ts'
import type { OcrSettings } from './ocr/types.ts'
import type { ExtractionLimits } from './types.ts'

const WATCH_MS = 50
/** Clock ticks a second in /proc/<pid>/stat: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS = 100
const STDERR_KEPT = 4096

/**
 * One running child. The kernel bounds its processor time, private memory, open files and writes (`ulimit`) and keeps it
 * from the network (`Wall`), V8 bounds its heap and WebAssembly memory, and a watchdog in this process what those cannot:
 * resident memory, wall time, output.
 */
export class ExtractorProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #limits: ExtractionLimits
  readonly #lines: AsyncGenerator<string>
  readonly #exited: Promise<{ code: number | null, signal: NodeJS.Signals | null }>
  #watchdog: NodeJS.Timeout | undefined
  #waiting = false
  #wallMs = 0
  #outputBytes = 0
  #outputLimit = 0
  /** Beyond the ordinary limits, for this document. */
  #granted = { wallMs: 0, cpuSeconds: 0 }
  #cpuAtStart = 0
  #stderr = ''
  #reason: AppError | null = null
  #peakMb = 0
  /** Documents it was given. */
  served = 0

  /** `ocr` names files that it needs, and how many pages may take longer. */
  constructor(entry: string, limits: ExtractionLimits, wall: Wall | null, ocr: OcrSettings | null) {
    this.#limits = limits
    // The kernel's limit on processor time cannot be raised later: what may be granted is in it from the start.
    const kernel = { ...limits, cpuSeconds: limits.cpuSeconds + (ocr?.pages ?? 0) * PAGE_GRANT.cpuSeconds }
    const [command, ...args] = extractorCommand(entry, kernel, wall, ocr?.languages.map(({ path }) => path) ?? [])
    this.#child = spawn(command!, args, { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] })
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }))
      this.#child.once('error', () => resolve({ code: null, signal: null }))
    })
    this.#child.stdin.on('error', () => {}) // The child's end says why; a broken pipe says nothing more.
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT)
    })
    this.#lines = readLines(this.#child.stdout, MAX_LINE_BYTES, (bytes) => {
      this.#outputBytes += bytes
      if (this.#outputBytes > this.#outputLimit) this.kill(failure('too_large'))
    })
    if (this.#child.pid !== undefined) lowerPriority(this.#child.pid)
  }

  /** Highest resident memory seen, in MB. */
  get peakMb(): number {
    return this.#peakMb
  }

  get alive(): boolean {
    return this.#reason === null && this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined
  }

  /** Seconds of processor time since the child was started. */
  get cpuSeconds(): number {
    return usage(this.#child.pid)?.cpuSeconds ?? 0
  }

  /** Seconds of it that went into the document at hand, or the last one. */
  get documentCpuSeconds(): number {
    return Math.max(0, this.cpuSeconds - this.#cpuAtStart)
  }

  /** Starts a document: limits count from here. `last` closes the child's input after it. */
  async send(path: string, request: Omit<Request, 'bytes'>, last: boolean): Promise<void> {
    this.served++
    this.#wallMs = 0
    this.#granted = { wallMs: 0, cpuSeconds: 0 }
    this.#outputBytes = 0
    this.#cpuAtStart = this.cpuSeconds
    this.#watch()
    const { size } = await stat(path)
    this.#outputLimit = outputLimit(this.#limits, size)
    await this.#write(Buffer.from(`${JSON.stringify({ ...request, bytes: size } satisfies Request)}\n`))
    if (size > 0) {
      for await (const chunk of createReadStream(path, { end: size - 1, highWaterMark: 256 * 1024 })) await this.#write(chunk as Buffer)
    }
    if (last) this.#child.stdin.end()
  }

  /** The next line, null at the end of output. Only the time spent in here counts as wall time. */
  async nextLine(): Promise<string | null> {
    this.#waiting = true
    try {
      const line = await this.#lines.next()
      return line.done ? null : line.value
    }
    finally {
      this.#waiting = false
    }
  }

  /** Gives the document at hand more time than its limits say. */
  grant({ wallMs, cpuSeconds }: { wallMs: number, cpuSeconds: number }): void {
    this.#granted.wallMs += wallMs
    this.#granted.cpuSeconds += cpuSeconds
  }

  /** The document is done; the child idles until the next. */
  rest(): void {
    clearInterval(this.#watchdog)
  }

  kill(reason: AppError): void {
    this.#reason ??= reason
    clearInterval(this.#watchdog)
    this.#child.kill('SIGKILL')
  }

  /** Kills it and waits until it is gone. */
  async close(): Promise<void> {
    this.kill(failure('extractor_failed'))
    await this.#exited
  }

  /** Why it ended before the document did. */
  async explain(cause?: unknown): Promise<AppError> {
    if (!this.#reason && cause) this.kill(failure('extractor_failed', cause))
    const { code, signal } = await this.#exited
    if (this.#reason) return this.#reason
    const detail = { code, signal, stderr: this.#stderr.slice(-500) }
    if (signal === 'SIGXCPU') return failure('too_slow', detail)
    // Not by us: by the kernel when the machine's memory is full, which another process may have filled, or by hand. It may pass.
    if (signal === 'SIGKILL') return failure('killed', detail)
    // V8 aborts when its heap is full; a fault in native code ends here, too.
    if (signal === 'SIGABRT' || signal === 'SIGTRAP' || signal === 'SIGSEGV' || signal === 'SIGBUS' || code === 134) return failure('too_complex', detail)
    return failure('extractor_failed', detail)
  }

  /** Resolves when the child has room for more, or is gone. */
  async #write(chunk: Buffer): Promise<void> {
    const { stdin } = this.#child
    if (!stdin.writable || stdin.write(chunk)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    stdin.once('drain', resolve).once('close', resolve)
    await promise
    stdin.off('drain', resolve).off('close', resolve)
  }

  #watch(): void {
    let last = performance.now()
    this.#watchdog = setInterval(() => {
      const now = performance.now()
      // A stalled parent must not count as a slow child.
      if (this.#waiting) this.#wallMs += Math.min(now - last, 2 * WATCH_MS)
      last = now
      if (this.#wallMs > this.#limits.wallMs + this.#granted.wallMs) return this.kill(failure('too_slow'))
      const used = usage(this.#child.pid)
      if (!used) return
      this.#peakMb = Math.max(this.#peakMb, used.residentMb)
      if (used.residentMb > this.#limits.memoryMb) this.kill(failure('too_complex'))
      else if (used.cpuSeconds - this.#cpuAtStart > this.#limits.cpuSeconds + this.#granted.cpuSeconds) this.kill(failure('too_slow'))
    }, WATCH_MS)
    this.#watchdog.unref()
  }
}

/** The server's own work goes first on a busy processor. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  }
  catch {
    // It has already ended, or the platform does not allow it: limits hold all the same.
  }
}

/** From /proc; null where there is none (the kernel's and V8's limits remain) or the process has ended. */
function usage(pid: number | undefined): { residentMb: number, cpuSeconds: number } | null {
  if (pid === undefined) return null
  try {
    // Fields after the command name, which may itself hold spaces: proc(5), utime 14, stime 15, rss 24 in pages of 4 kB.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').pop()!.split(' ')
    return { residentMb: Number(fields[21]) / 256, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS }
  }
  catch {
    return null
  }
}
