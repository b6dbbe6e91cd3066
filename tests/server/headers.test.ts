import { createHash } from 'node:crypto'
import { parse, type DefaultTreeAdapterTypes as Tree } from 'parse5'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none' } })
})
afterAll(() => server?.stop())

const HTML = { accept: 'text/html' }
const COMMON = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
}

function directives(response: Response): Record<string, string[]> {
  const policy = response.headers.get('content-security-policy') ?? ''
  return Object.fromEntries(policy.split(';').map((part) => {
    const [name = '', ...sources] = part.trim().split(' ')
    return [name, sources]
  }))
}

function* elements(node: Tree.Node): Generator<Tree.Element> {
  if ('tagName' in node) yield node
  if ('childNodes' in node) for (const child of node.childNodes) yield* elements(child)
}
const attribute = (element: Tree.Element, name: string) => element.attrs.find(attr => attr.name === name)?.value
const textOf = (element: Tree.Element) => element.childNodes.map(node => 'value' in node ? node.value : '').join('')
const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

describe('security headers', () => {
  it.each(['/', '/login', '/health', '/api/auth/session', '/api/nothing', '/nothing', '/favicon.ico'])('are on %s', async (path) => {
    for (const response of [await server.fetch(path, { headers: HTML }), await server.anonymous(path)]) {
      expect(Object.fromEntries(Object.keys(COMMON).map(name => [name, response.headers.get(name)]))).toEqual(COMMON)
      expect(response.headers.get('permissions-policy')).toContain('camera=()')
      expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
      expect(response.headers.get('x-powered-by')).toBeNull()
      expect(response.headers.get('strict-transport-security')).toBeNull()
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('ask for HTTPS only where there is HTTPS', async () => {
    const response = await server.anonymous('/login', { headers: { ...HTML, 'x-forwarded-proto': 'https' } })
    expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains')
  })

  it.each(['/login', '/', '/nothing/here'])('let the page %s run exactly its own inline code', async (path) => {
    const response = await (path === '/login' ? server.anonymous(path, { headers: HTML }) : server.fetch(path, { headers: HTML }))
    const policy = directives(response)
    expect(policy['default-src']).toEqual([`'none'`])
    expect(JSON.stringify(policy)).not.toMatch(/unsafe-inline|unsafe-eval|nonce-|https?:|\*/)

    const page = [...elements(parse(await response.text()))]
    const inline = page.filter(el => el.tagName === 'script' && !attribute(el, 'src') && attribute(el, 'type') !== 'application/json')
    expect(inline.length).toBeGreaterThan(0)
    expect(policy['script-src']).toEqual(expect.arrayContaining(inline.map(el => hash(textOf(el)))))
    const styles = page.filter(el => el.tagName === 'style')
    expect(styles.some(el => attribute(el, 'id') === 'nuxt-ui-colors')).toBe(true)
    expect(policy['style-src']).toEqual(expect.arrayContaining(styles.map(el => hash(textOf(el)))))
    const styled = page.flatMap(el => attribute(el, 'style') ?? [])
    if (styled.length > 0) expect(policy['style-src-attr']).toEqual(expect.arrayContaining([`'unsafe-hashes'`, ...styled.map(hash)]))
    expect(page.filter(el => el.attrs.some(attr => attr.name.startsWith('on')))).toEqual([])
  })

  it('are the same for the same page, so that it could be stored', async () => {
    const policies = await Promise.all([1, 2].map(async () => (await server.anonymous('/login', { headers: HTML })).headers.get('content-security-policy')))
    expect(policies[0]).toBe(policies[1])
  })
})

describe('cache headers', () => {
  it('keep pages and answers of the API out of every cache', async () => {
    for (const path of ['/', '/api/auth/session', '/api/nothing']) {
      expect((await server.fetch(path, { headers: HTML })).headers.get('cache-control')).toBe('no-store')
    }
  })

  it('keep the built files for good, and a missing one not at all', async () => {
    const html = await (await server.anonymous('/login', { headers: HTML })).text()
    const script = /src="(\/_nuxt\/[^"]+\.js)"/.exec(html)![1]!
    const file = await server.anonymous(script)
    expect([file.status, file.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect(file.headers.get('x-content-type-options')).toBe('nosniff')
    const missing = await server.anonymous('/_nuxt/missing.js')
    expect([missing.status, missing.headers.get('cache-control')]).toEqual([404, 'no-store'])
    expect(await missing.json()).toMatchObject({ code: 'not_found' })
  })
})
