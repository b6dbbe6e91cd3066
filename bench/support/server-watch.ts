import { setTimeout as pause } from 'node:timers/promises'
import { processFacts } from '../../tests/server/support/process.ts'
import type { TestServer } from '../../tests/server/support/server.ts'
import { ask, follow, newChat } from '../../tests/server/support/asking.ts'

const LOOK_MS = 250

/** What a server and its children take while it works. */
export class ServerWatch {
  peakMb = 0
  childPeakMb = 0
  children = 0
  readonly #leave = new AbortController()
  readonly #ended: Promise<void>

  constructor(pid: number) {
    this.#ended = this.#watch(pid)
  }

  async stop(): Promise<void> {
    this.#leave.abort()
    await this.#ended
  }

  async #watch(pid: number): Promise<void> {
    while (!this.#leave.signal.aborted) {
      const { residentMb, children } = processFacts(pid)
      this.peakMb = Math.max(this.peakMb, residentMb)
      this.children = Math.max(this.children, children.length)
      for (const child of children) this.childPeakMb = Math.max(this.childPeakMb, residentOf(child))
      await pause(LOOK_MS, undefined, { signal: this.#leave.signal }).catch(() => {})
    }
  }
}

function residentOf(pid: number): number {
  try {
    return processFacts(pid).residentMb
  }
  catch {
    return 0 // It has just ended.
  }
}

export interface Answering { first: number, whole: number, outcome: string }

/** Asks a question in a new chat; milliseconds until the first words and until the end, and how it ended. */
export async function timeAnswer(server: TestServer, question: string): Promise<Answering> {
  const started = performance.now()
  const { id } = await newChat(server)
  const { run } = await ask(server, id, question)
  let first = 0
  const events = await follow(server, run.id, { enough: ({ type }) => {
    if (type === 'delta') first ||= performance.now() - started
    return false
  } })
  return { first, whole: performance.now() - started, outcome: events.at(-1)?.event.type ?? 'nothing' }
}

/** Seconds the server's event loop was late since it was last asked, by quantile. */
export async function loopDelay(server: TestServer): Promise<{ p50: number, p99: number, max: number }> {
  const text = await (await server.anonymous('/metrics')).text()
  const quantile = (name: string) => Number(new RegExp(`^nodejs_eventloop_delay_seconds\\{quantile="${name}"\\} (\\S+)`, 'm').exec(text)?.[1] ?? NaN) * 1000
  return { p50: quantile('0.5'), p99: quantile('0.99'), max: quantile('1') }
}

export function quantile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? NaN
}
