import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { TestServer } from '../tests/server/support/server.ts'
import { freePort } from '../tests/server/support/output.ts'

/**
 * Process start to first page, and the memory of a server that does nothing.
 *
 *   npm run build && node bench/server.ts [rounds]
 *
 * Each round starts a copy of the build on an empty data folder and on the same folder again.
 */
const rounds = Number(process.argv[2] ?? 5)

interface Round { first: number, again: number, idleMb: number }

const results: Round[] = []
for (let round = 0; round < rounds; round++) {
  const server = new TestServer({ signIn: false }, await freePort())
  const first = await timeToFirstPage(server)
  await server.kill('SIGTERM')
  const again = await timeToFirstPage(server)
  await delay(5_000)
  results.push({ first, again, idleMb: rssMb(server.pid) })
  await server.stop()
}
console.table({
  'start to first page, empty data folder (ms)': row(results.map(result => result.first)),
  'start to first page, existing data (ms)': row(results.map(result => result.again)),
  'RSS after 5 s idle (MB)': row(results.map(result => result.idleMb)),
})

/** Milliseconds from spawning the process to the last byte of the sign-in page. */
async function timeToFirstPage(server: TestServer): Promise<number> {
  const begin = performance.now()
  const started = server.start()
  for (;;) {
    const page = await fetch(`${server.url}/login`, { signal: AbortSignal.timeout(10_000) }).catch(() => null)
    if (page?.ok) {
      await page.text()
      break
    }
    if (performance.now() - begin > 30_000) throw new Error('No page within 30 s')
    await delay(5)
  }
  const ms = performance.now() - begin
  await started
  return ms
}

function rssMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
}

function row(values: number[]): { median: number, min: number, max: number } {
  const sorted = [...values].sort((a, b) => a - b)
  const round = (value: number) => Math.round(value)
  return { median: round(sorted[Math.floor(sorted.length / 2)]!), min: round(sorted[0]!), max: round(sorted.at(-1)!) }
}
