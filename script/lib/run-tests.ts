import { fork } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { LaneResult } from './test-lane.ts'

/**
 * Runs every test project and closes with the one line that says how it went. Steps run one after another, the lanes of a
 * step side by side. The unit tests take both cores; so does the image, which is built and run when all the rest is through.
 * Servers and browsers wait for one another most of the time, each lane by itself.
 */
const STEPS = [[['unit']], [['server'], ['nginx', 'e2e']], [['container']]]

const LANE = fileURLToPath(new URL('./test-lane.ts', import.meta.url))
const results: LaneResult[] = []
for (const lanes of STEPS) results.push(...await Promise.all(lanes.map((projects, index) => run(projects, index === 0))))

const failed = results.flatMap(result => result.failed)
const flaky = results.flatMap(result => result.flaky)
const passed = sum(result => result.passed)
const skipped = sum(result => result.skipped)
for (const name of failed) console.log(`failed: ${name}`)
for (const name of flaky) console.log(`passed only when run again: ${name}`)
if (skipped > 0) console.log(`${skipped} skipped: see above for the reasons`)
console.log(`${passed} passed, ${failed.length} failed`)
process.exit(failed.length > 0 || passed === 0 ? 1 : 0)

/** One lane is shown while it runs, another when it has ended: two at once cannot be read. */
async function run(projects: string[], live: boolean): Promise<LaneResult> {
  const child = fork(LANE, projects, { stdio: live ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['ignore', 'pipe', 'pipe', 'ipc'] })
  const output = live ? [] : [child.stdout!, child.stderr!].map(read)
  const result = await new Promise<LaneResult>((resolve) => {
    let told: LaneResult | undefined
    child.once('message', message => told = message as LaneResult)
    child.once('error', error => resolve(broken(projects, error.message)))
    child.once('close', (code, signal) => resolve(told ?? broken(projects, `ended with ${signal ?? code}`)))
  })
  for (const text of await Promise.all(output)) process.stdout.write(text)
  return result.passed + result.failed.length + result.skipped > 0 ? result : broken(projects, 'has no test')
}

async function read(stream: Readable): Promise<string> {
  let text = ''
  for await (const block of stream.setEncoding('utf8')) text += block
  return text
}

function broken(projects: string[], reason: string): LaneResult {
  return { passed: 0, failed: [`${projects.join(', ')}: ${reason}`], flaky: [], skipped: 0 }
}

function sum(of: (result: LaneResult) => number): number {
  return results.reduce((total, result) => total + of(result), 0)
}
