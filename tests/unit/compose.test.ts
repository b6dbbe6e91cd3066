import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { environmentSchema } from '../../server/utils/config.ts'
import { repository, runProgram } from './support/program.ts'

/** What the image sets by itself, and what is no business of the composition. */
const OWN = ['PORT', 'HOST', 'NITRO_UNIX_SOCKET', 'RAGTIME_DATA_DIR']

/** Debian's docker-compose or the plugin, whichever is here; `script/test` installs the first. */
const [command, ...prefix] = ['docker-compose', 'docker compose'].map(text => text.split(' ')).find(([program = '', ...args]) => {
  try {
    execFileSync(program, [...args, 'version'], { stdio: 'ignore', timeout: 30_000 })
    return true
  }
  catch {
    return false
  }
}) ?? []

const source = readFileSync(join(repository, 'docker-compose.yml'), 'utf8')

describe('docker-compose.yml', () => {
  it.skipIf(!command)('is valid, for each profile', async () => {
    for (const profile of ['production', 'development']) {
      const args = [...prefix, '--profile', profile, 'config', '-q']
      expect(await runProgram('/usr/bin/env', [command!, ...args])).toEqual({ code: 0, stdout: '', stderr: '' })
    }
  })

  it.skipIf(!command)('would not be with a mistyped key', async () => {
    const broken = source.replace('read_only:', 'read_olny:')
    const { code } = await runProgram('/usr/bin/env', [command!, ...prefix, '-f', '-', '--profile', 'production', 'config', '-q'], { input: broken })
    expect(code).not.toBe(0)
  })

  const [production = '', development = ''] = source.split(/^ {2}(?=development:)/m)

  it('runs the image with a named volume, a read-only file system and no more rights than its start needs', () => {
    for (const line of ['profiles: [production]', 'read_only: true', 'cap_drop: [ALL]', 'no-new-privileges:true', 'mem_limit: 512m', '- data:/data', '- /tmp', '- /run', '"8080:8080"', '/app/deploy/healthcheck.sh']) {
      expect(production).toContain(line)
    }
    expect(Number(/stop_grace_period: (\d+)s/.exec(production)![1])).toBeGreaterThanOrEqual(30)
  })

  it('hands every setting on, so that none is forgotten', () => {
    const passed = [...production.matchAll(/^ {6}([A-Z0-9_]+): \$\{\1:-(?:local)?\}$/gm)].map(match => match[1]!)
    expect(Object.keys(environmentSchema.shape).filter(name => ![...OWN, ...passed].includes(name))).toEqual([])
  })

  it('serves the sources with hot reload, with what is installed in volumes', () => {
    for (const line of ['profiles: [development]', 'node:24-bookworm-slim', '- .:/app', '- node_modules:/app/node_modules', '"3000:3000"', 'npm run dev']) {
      expect(development).toContain(line)
    }
  })
})
