import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { DRAIN_MS } from '../../../server/utils/stop.ts'
import { repository } from '../support/program.ts'

const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const lines = (path: string) => read(path).split('\n').filter(line => line !== '' && !line.startsWith('#'))

describe('the context of the build', () => {
  const rules = lines('.dockerignore')
  const admitted = rules.filter(rule => rule.startsWith('!')).map(rule => rule.slice(1))

  it('begins with nothing and admits names at the top alone, so that what is new stays out', () => {
    expect(rules[0]).toBe('*')
    expect(admitted.filter(name => /[*?/]/.test(name))).toEqual([])
  })

  it('admits no data, no secrets and no leftovers', () => {
    const outside = [
      '.data', '.git', '.ci', '.env', '.env.keys', '.env.keys.previous', '.env.local', '.model', '.nuxt', '.output', 'node_modules',
      'bench', 'eval', 'tests', 'coverage', 'fly.toml', 'docker-compose.yml',
    ]
    expect(outside.filter(name => admitted.includes(name))).toEqual([])
  })

  it('admits what the build reads', () => {
    const sources = ['app', 'assets', 'components', 'composables', 'layouts', 'middleware', 'modules', 'pages', 'plugins', 'public', 'samples', 'server', 'shared', 'deploy', 'script', 'docs']
    const there = readdirSync(repository).filter(name => sources.includes(name) || /^(?:app|error|nuxt)\..*|^(?:package|package-lock|tsconfig)\.json$|^\.npmrc$/.test(name))
    expect(there.filter(name => !admitted.includes(name))).toEqual([])
  })
})

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile')

  it('assumes no processor, takes pinned bases and runs no script of a package', () => {
    expect(dockerfile).not.toMatch(/amd64|x86|x64|linux-gnu/)
    expect(dockerfile.match(/^FROM .*$/gm)).toEqual(['FROM ${NODE_IMAGE}${NODE_DIGEST} AS build', 'FROM ${DEBIAN_IMAGE}${DEBIAN_DIGEST}'])
    expect(dockerfile).toMatch(/npm ci --ignore-scripts/)
  })

  it('passes no secret to a layer', () => {
    expect(dockerfile.match(/^\s*(?:ARG|ENV) .*(?:PASSWORD|SECRET|KEY|TOKEN)/gm)).toBeNull()
  })

  it('ships the programs of operators, and no other script', () => {
    // As the Dockerfile chooses them.
    const chosen = readdirSync(join(repository, 'script'), { withFileTypes: true })
      .filter(entry => entry.isFile() && /^run_command /m.test(read(`script/${entry.name}`))).map(({ name }) => name)
    expect(chosen).toEqual(expect.arrayContaining(['console', 'db-status']))
    expect(chosen).not.toContain('deploy')
  })
})

describe('the supervisor', () => {
  it('waits for the server as long as its stop may take, and less than the platform waits', () => {
    const { kill_timeout: platform } = parse(read('fly.toml')) as { kill_timeout: number }
    const server = Number(read('deploy/s6/node/timeout-kill'))
    const nginx = Number(read('deploy/s6/nginx/timeout-kill'))
    expect(server).toBeGreaterThan(DRAIN_MS + 8_000)
    expect(nginx).toBeGreaterThan(server)
    expect(nginx).toBeLessThan(platform * 1000)
  })

  it('can run its programs', () => {
    const programs = ['.s6-svscan/SIGTERM', '.s6-svscan/SIGINT', '.s6-svscan/finish', 'node/run', 'node/finish', 'nginx/run', 'nginx/finish', 'nginx/log/run']
    for (const program of programs) expect(() => accessSync(join(repository, 'deploy/s6', program), constants.X_OK), program).not.toThrow()
  })
})
