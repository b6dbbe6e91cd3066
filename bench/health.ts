/**
 * How long `GET /health` takes while the server does nothing, and while it reads and embeds documents:
 *
 *   npm run build && node bench/health.ts [asks]
 *
 * The parts are tried at most once a second, so one ask a second is made; the time is that of the whole request.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Health } from '../server/utils/health.ts'
import { startServer, type TestServer } from '../tests/server/support/server.ts'

/** A little more than the time an answer is kept. */
const EVERY_MS = 1_050
const asks = Number(process.argv[2] ?? 30)
const server = await startServer()

try {
  await delay(2_000)
  console.table({ idle: await measure(server), ingesting: await measure(server, busy(server)) })
}
finally {
  await server.stop()
}

/** Documents of many chunks, so that there is work for as long as the measurement lasts. */
async function busy(target: TestServer): Promise<void> {
  const sentence = (document: number, i: number) => `Entry ${i} of ledger ${document} lists a piano roll that was cut in ${1890 + i % 40} and sold by mail to customer ${i * 7}.`
  const files = Array.from({ length: 6 }, (_, document) => ({
    name: `ledger-${document}.txt`, content: Array.from({ length: 3_000 }, (_, i) => sentence(document, i)).join(' '),
  }))
  await target.upload(files)
}

async function measure(target: TestServer, work?: Promise<void>): Promise<Record<string, string | number>> {
  await work
  const times: number[] = []
  const slowest: Record<string, number> = {}
  const failed = new Set<string>()
  for (let i = 0; i < asks; i++) {
    await delay(EVERY_MS)
    const start = performance.now()
    const { checks } = await (await target.anonymous('/health')).json() as Health
    times.push(performance.now() - start)
    for (const [part, { ms, ok }] of Object.entries(checks)) {
      slowest[part] = Math.max(slowest[part] ?? 0, ms)
      if (!ok) failed.add(part)
    }
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))]!.toFixed(1)
  const [part, ms] = Object.entries(slowest).sort((a, b) => b[1] - a[1])[0]!
  return { 'median ms': at(0.5), '95 % ms': at(0.95), 'slowest ms': at(1), 'slowest part': `${part} ${ms.toFixed(1)} ms`, 'failed': [...failed].join(', ') || 'none' }
}
