import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LOCK_FILE, lockDataFolder } from '../../../../server/db/folder-lock.ts'
import { StartError } from '../../../../server/utils/start-error.ts'

const module = fileURLToPath(new URL('../../../../server/db/folder-lock.ts', import.meta.url))
let folder: string
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragtime-lock-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Another process that holds the lock. It gives it back after `holdMs`, or keeps it until it is killed. */
async function holder(holdMs?: number): Promise<ChildProcess> {
  const program = `
    const { lockDataFolder } = await import(${JSON.stringify(module)})
    const lock = lockDataFolder(${JSON.stringify(folder)}, 0)
    console.log('held')
    setTimeout(() => lock.release(), ${holdMs ?? 600_000})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  await once(child.stdout!, 'data')
  return child
}

describe('lockDataFolder', () => {
  it('keeps every other process out, with one line that says what to do, and writes nothing', async () => {
    await holder()
    const before = statSync(join(folder, LOCK_FILE))
    expect(() => lockDataFolder(folder, 50)).toThrow(StartError)
    expect(() => lockDataFolder(folder, 50)).toThrow(/^The data folder \S+ is in use by another Ragtime process\. Nothing was changed: stop that one first[^\n]*$/)
    expect(readdirSync(folder)).toEqual([LOCK_FILE])
    expect(statSync(join(folder, LOCK_FILE))).toMatchObject({ size: 0, mtimeMs: before.mtimeMs })
  })

  it('waits for one that is just leaving', async () => {
    await holder(300)
    lockDataFolder(folder, 15_000).release()
  })

  it('is free as soon as its holder was killed, whatever lies there', async () => {
    const child = await holder()
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    expect(existsSync(join(folder, LOCK_FILE))).toBe(true)
    lockDataFolder(folder, 0).release()
  })

  it('can be taken again when it was given back, and holds inside one process as well', () => {
    const lock = lockDataFolder(folder, 0)
    expect(() => lockDataFolder(folder, 0)).toThrow(StartError)
    lock.release()
    lockDataFolder(folder, 0).release()
  })

  it('says so when there is no such folder', () => {
    expect(() => lockDataFolder(join(folder, 'nothing'), 0)).toThrow(/cannot be locked/)
  })
})
