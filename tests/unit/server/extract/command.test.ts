import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { extractorCommand, findWall, possibleWalls, type Wall } from '../../../../server/extract/command.ts'
import { DEFAULT_LIMITS } from '../../../../server/extract/limits.ts'
import { makeProgram } from './support/program.ts'

const folder = mkdtempSync(join(tmpdir(), 'ragtime-command-'))
const accepted: number[] = []
const listener = createServer(socket => void accepted.push(socket.remotePort!))
beforeAll(() => new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  listener.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs `source` as the child runs, and gives its standard output and how it ended. */
async function run(source: string, wall: Wall | null): Promise<{ output: string, code: number | null, signal: string | null }> {
  const [command, ...args] = extractorCommand(await makeProgram(folder, source), DEFAULT_LIMITS, wall)
  const child = spawn(command!, args, { env: {}, cwd: '/', stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise<{ code: number | null, signal: string | null }>(resolve => child.once('exit', (code, signal) => resolve({ code, signal })))
  return { output: await text(child.stdout), ...await ended }
}

/** Says what became of a connection to the listener. */
const connecting = () => `
  import { connect } from 'node:net'
  connect(${(listener.address() as AddressInfo).port}, '127.0.0.1')
    .once('connect', function () { console.log('connected'); this.destroy() })
    .once('error', error => console.log(error.code))`

describe('extractorCommand', () => {
  it('shows without a wall that the connection would be made', async () => {
    const { output } = await run(connecting(), null)
    expect(output.trim()).toBe('connected')
    expect(accepted).toHaveLength(1)
  })

  it.each(possibleWalls().map(wall => [wall.name, wall] as const))('keeps the program from connecting to a port that listens: %s', async (_, wall) => {
    const before = accepted.length
    const { output } = await run(connecting(), wall)
    expect(output.trim()).toMatch(/^E(?:PERM|NETUNREACH|CONNREFUSED|ADDRNOTAVAIL)$/)
    expect(accepted).toHaveLength(before)
  })

  const filter = possibleWalls().find(({ name }) => name === 'system calls')
  it.runIf(filter)('has the kernel refuse what Node\'s permissions would: files, processes, signals', async () => {
    // The same calls with Node's own permissions taken away from the command line.
    const source = `
      import fs from 'node:fs'
      import { spawnSync } from 'node:child_process'
      import { Worker } from 'node:worker_threads'
      const attempt = (work) => { try { return work() ?? 'allowed' } catch (error) { return error.code } }
      new Worker('', { eval: true }).once('exit', code => console.log(JSON.stringify({
        thread: code,
        write: attempt(() => fs.writeFileSync(${JSON.stringify(join(folder, 'leak'))}, 'x')),
        folder: attempt(() => fs.mkdirSync(${JSON.stringify(join(folder, 'leaks'))})),
        remove: attempt(() => fs.unlinkSync(${JSON.stringify(join(folder, 'program-0'))})),
        read: attempt(() => fs.readFileSync('/proc/self/status', 'utf8').includes('Seccomp:\\t2')),
        spawn: attempt(() => spawnSync('/bin/true').error?.code),
        signal: attempt(() => process.kill(process.ppid, 0)),
      })))`
    const command = extractorCommand(await makeProgram(folder, source), DEFAULT_LIMITS, filter!).filter(arg => arg !== '--permission' && !arg.startsWith('--allow-fs'))
    const child = spawn(command[0]!, command.slice(1), { env: {}, cwd: '/', stdio: ['ignore', 'pipe', 'ignore'] })
    expect(JSON.parse(await text(child.stdout))).toEqual({ thread: 0, write: 'EPERM', folder: 'EPERM', remove: 'EPERM', read: true, spawn: 'EPERM', signal: 'EPERM' })
  })

  it('limits open files, files written and core dumps', async () => {
    const { output } = await run(`
      const { default: report } = await import('node:process')
      const { userLimits } = report.report.getReport()
      console.log(JSON.stringify([userLimits.open_files, userLimits.file_size_blocks, userLimits.core_file_size_blocks].map(limit => limit.hard)))`, null)
    expect(JSON.parse(output)).toEqual([64, 0, 0])
  })

  it('finds a wall once, or that there is none', async () => {
    const wall = await findWall(DEFAULT_LIMITS)
    expect(wall === null || possibleWalls().some(({ name }) => name === wall.name)).toBe(true)
    expect(await findWall(DEFAULT_LIMITS)).toBe(wall)
  })
})
