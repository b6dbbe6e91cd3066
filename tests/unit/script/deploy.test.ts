import { existsSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { fakePrograms } from '../support/fake-programs.ts'
import { repository, runProgram } from '../support/program.ts'

/** What Fly answers when all is well. */
const FLY = {
  whoami: 'echo owner@example.com',
  status: 'echo ok',
  volumes: `echo '[{ "name": "data", "region": "ord" }]'`,
  secrets: `echo '[{ "name": "RAGTIME_PASSWORD" }, { "name": "RAGTIME_SESSION_SECRET" }]'`,
  deploy: 'echo built',
}

let fakes: ReturnType<typeof fakePrograms>
afterEach(() => fakes?.remove())

function deploy(args: string[], answers: Partial<typeof FLY> = {}, others: Record<string, string> = { curl: 'exit 0' }) {
  const { whoami, status, volumes, secrets, deploy } = { ...FLY, ...answers }
  fakes = fakePrograms({
    flyctl: `case "$1" in auth) ${whoami} ;; status) ${status} ;; volumes) ${volumes} ;; secrets) ${secrets} ;; deploy) ${deploy} ;; esac`,
    ...others,
  })
  return runProgram('script/deploy', args, { env: { PATH: `${fakes.folder}:${process.env.PATH}` } })
}

const deployments = () => fakes.calls().filter(call => call.startsWith('flyctl deploy'))

describe('script/deploy', () => {
  it('checks, deploys, waits for health and prints the address', async () => {
    const { code, stdout, stderr } = await deploy(['--app', 'joplin'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.trim().split('\n').at(-1)).toBe('ragtime: deployed: https://joplin.fly.dev')
    expect(fakes.calls().map(call => call.split(' ').slice(0, 3).join(' '))).toEqual([
      'flyctl auth whoami', 'flyctl status --app', 'flyctl volumes list', 'flyctl secrets list', 'flyctl deploy --app', 'curl --silent --fail',
    ])
    expect(deployments()[0]).toMatch(/^flyctl deploy --app joplin --config fly\.toml --build-arg REVISION=\w+ --ha=false$/)
  })

  it('asks again until the instance is healthy', async () => {
    const { code } = await deploy(['--address', 'https://rag.example'], {}, { curl: '[ "$(grep -c ^curl "$(dirname "$0")/calls")" -ge 2 ]' })
    expect(code).toBe(0)
    expect(fakes.calls().filter(call => call.startsWith('curl'))).toHaveLength(2)
    expect(fakes.calls().at(-1)).toMatch(/ https:\/\/rag\.example\/health$/)
  })

  it('takes the app of fly.toml, and deploys nothing when dry', async () => {
    const { code, stdout } = await deploy(['--dry-run'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/would run: flyctl deploy --app ragtime /)
    expect(deployments()).toEqual([])
  })

  it.each([
    ['nobody is signed in', { whoami: 'exit 1' }, /not signed in to Fly.*flyctl auth login/],
    ['there is no app', { status: 'exit 1' }, /there is no app ragtime for owner@example\.com: run flyctl apps create ragtime/],
    ['there is no volume', { volumes: `echo '[]'` }, /no volume in ord: run flyctl volumes create data --app ragtime --region ord/],
    ['the volume is elsewhere', { volumes: `echo '[{"region":"ams"}]'` }, /no volume in ord/],
    ['Fly does not answer', { volumes: 'exit 1' }, /no volume in ord/],
    ['a secret is missing', { secrets: `echo '[{"name":"RAGTIME_PASSWORD"}]'` }, /neither DOTENV_PRIVATE_KEY_PRODUCTION nor RAGTIME_SESSION_SECRET: run script\/credentials/],
    ['the deployment fails', { deploy: 'echo no builder >&2; exit 1' }, /no builder\nragtime: the deployment failed/],
  ])('fails with a reason when %s', async (_, answers, reason) => {
    const { code, stderr } = await deploy([], answers)
    expect(code).toBe(1)
    expect(stderr).toMatch(reason)
    expect(fakes.calls().some(call => call.startsWith('curl'))).toBe(false)
    if (!('deploy' in answers)) expect(deployments()).toEqual([])
  })

  it.skipIf(existsSync(`${repository}.env.production`))('fails when the key has no file to open', async () => {
    const { code, stderr } = await deploy([], { secrets: `echo '[{"name":"DOTENV_PRIVATE_KEY_PRODUCTION"}]'` })
    expect([code, stderr]).toEqual([1, expect.stringContaining('no .env.production here')])
  })

  it('fails without Fly\'s program', async () => {
    fakes = fakePrograms({}, ['/usr/bin/dirname', '/usr/bin/sed'])
    expect(await runProgram('script/deploy', [], { env: { PATH: fakes.folder } })).toMatchObject({ code: 1, stderr: expect.stringContaining('flyctl') })
  })

  it('has help, and refuses what it does not know', async () => {
    expect(await deploy(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: script/deploy') })
    expect(await deploy(['--fast'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--fast') })
    expect(await deploy(['--app'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--app needs a name') })
  })
})
