import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StartError } from '../../../../server/utils/start-error.ts'
import { removeStaleSocket } from '../../../../server/utils/unix-socket.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragtime-socket-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('removeStaleSocket', () => {
  it('removes what a killed server left', async () => {
    const path = join(folder, 'app.sock')
    const child = spawn(process.execPath, ['-e', `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('listens'))`], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    expect(existsSync(path)).toBe(true)
    removeStaleSocket(path)
    expect(existsSync(path)).toBe(false)
    removeStaleSocket(path)
  })

  it('leaves a file alone that is no socket', () => {
    const path = join(folder, 'notes.txt')
    writeFileSync(path, 'mine')
    expect(() => removeStaleSocket(path)).toThrow(StartError)
    expect(existsSync(path)).toBe(true)
  })

  it('names the folder that is missing', () => {
    expect(() => removeStaleSocket(join(folder, 'run/app.sock'))).toThrow(/no folder .*\/run: create it/)
  })
})
