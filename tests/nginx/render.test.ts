import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NGINX_PATH, RENDER } from './support/nginx.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ragtime-render-'))
  chmodSync(dir, 0o777)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const folders = () => ({ NGINX_RUN_DIR: join(dir, 'run'), NGINX_TEMP_DIR: join(dir, 'temp'), NGINX_PUBLIC_DIR: dir })

function render(env: Record<string, string> = {}, args = [join(dir, 'nginx.conf')]) {
  const { status, stdout, stderr } = spawnSync('sh', [RENDER, ...args], { env: { PATH: NGINX_PATH, ...folders(), ...env }, encoding: 'utf8' })
  return { status, stdout, stderr }
}

function config(env: Record<string, string> = {}): string {
  expect(render(env)).toEqual({ status: 0, stdout: '', stderr: '' })
  return readFileSync(join(dir, 'nginx.conf'), 'utf8')
}

describe('render.sh', () => {
  it('explains itself', () => {
    expect(render({}, ['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('OUT_FILE') })
    expect(render({}, [])).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage') })
  })

  it('fills in every name', () => {
    const text = config({ NGINX_PORT: '8123', NGINX_METRICS_PORT: '9123' })
    expect(text).not.toMatch(/@[A-Z_]+@/)
    expect(text).toContain('listen 8123;')
    expect(text).toContain('listen 9123;')
    expect(text).toContain(`server unix:${dir}/run/app.sock`)
  })

  it.each([
    ['', []],
    ['fly', ['real_ip_header Fly-Client-IP;', 'set_real_ip_from 172.16.0.0/12;', 'set_real_ip_from fdaa::/16;', 'fdaa::/16 1;']],
    ['10.0.0.0/8, 2001:db8::/32', ['real_ip_header X-Forwarded-For;', 'set_real_ip_from 10.0.0.0/8;', 'set_real_ip_from 2001:db8::/32;']],
  ])('trusts of RAGTIME_TRUSTED_PROXY=%s exactly that', (trusted, lines) => {
    const text = config({ RAGTIME_TRUSTED_PROXY: trusted })
    for (const line of lines) expect(text).toContain(line)
    expect(text.match(/set_real_ip_from/g)?.length ?? 0).toBe(lines.filter(line => line.startsWith('set_real_ip_from')).length)
    expect(text.includes('real_ip_header')).toBe(trusted !== '')
  })

  it.each([
    ['NGINX_PORT', 'http'],
    ['NGINX_PORT', '70000'],
    ['NGINX_METRICS_PORT', '8080'],
    ['NGINX_RUN_DIR', 'run'],
    ['NGINX_RUN_DIR', '/run; include /etc/passwd'],
    ['NGINX_PUBLIC_DIR', '/nowhere/at/all'],
    ['NGINX_MODULES_DIR', '/nowhere/at/all'],
    ['NGINX_WORKERS', 'many'],
    ['RAGTIME_TRUSTED_PROXY', 'everybody'],
    ['RAGTIME_TRUSTED_PROXY', '10.0.0.0/8; deny all'],
    ['RAGTIME_TRUSTED_PROXY', ','],
  ])('refuses %s=%s with a reason', (name, value) => {
    const { status, stderr } = render({ [name]: value })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^render\.sh: [^\n]+\n$/)
    expect(stderr).toContain(name === 'NGINX_MODULES_DIR' ? 'brotli' : name)
  })

  it('makes a configuration that nginx takes from a user without rights, and without a warning', () => {
    const conf = join(dir, 'own/nginx.conf')
    // From root to nobody; another user tests as what he is.
    const drop = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
    const script = `umask 022; mkdir '${dir}/own'; sh '${RENDER}' '${conf}' && nginx -t -c '${conf}' 2>&1 | cat`
    const [command, ...args] = [...drop, 'sh', '-c', script]
    const said = execFileSync(command!, args, { env: { PATH: NGINX_PATH, ...folders(), NGINX_RUN_DIR: join(dir, 'own'), NGINX_TEMP_DIR: join(dir, 'own/temp') }, encoding: 'utf8' })
    expect(said).toContain('test is successful')
    expect(said).not.toMatch(/\[(?:warn|alert|emerg)\]/)
  })
})
