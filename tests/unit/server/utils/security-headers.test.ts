import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { commonHeaders, filePolicy, pagePolicy, WORKER_POLICY } from '../../../../server/utils/security-headers.ts'

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

function directive(name: string, page: Partial<Parameters<typeof pagePolicy>[0]>): string {
  const policy = pagePolicy({ head: [], bodyPrepend: [], body: [], bodyAppend: [], ...page })
  return policy.split('; ').find(part => part.startsWith(`${name} `)) ?? ''
}

describe('pagePolicy', () => {
  it('gives leave to the inline code of the frame, byte for byte', () => {
    const script = 'window.__NUXT__={};\nlet a = "</p>" // ünïcode'
    const scripts = directive('script-src', { head: [`<script data-a="x>y">${script}</script>`], bodyAppend: ['<script type="importmap">{"imports":{}}</script>'] })
    expect(scripts).toBe(`script-src 'self' ${hash(script)} ${hash('{"imports":{}}')}`)
  })

  it('leaves files and data without one', () => {
    const bodyAppend = ['<script type="module" src="/_nuxt/a.js" crossorigin></script><script type="application/json" id="__NUXT_DATA__">[1]</script>']
    expect(directive('script-src', { bodyAppend })).toBe(`script-src 'self'`)
  })

  it('gives no leave to code among the rendered components', () => {
    const page = { body: ['<main><script>alert(1)</script><style>body { display: none }</style></main>'] }
    expect(directive('script-src', page)).toBe(`script-src 'self'`)
    expect(directive('style-src', page)).not.toContain(hash('body { display: none }'))
  })

  it('gives leave to the style elements of the frame', () => {
    expect(directive('style-src', { head: ['<style id="nuxt-ui-colors">:root { --ui: 1 }</style>'] })).toContain(hash(':root { --ui: 1 }'))
  })

  it('gives leave to the style attributes that are there, each once, decoded as the browser sees them', () => {
    const body = ['<div style="width:10%;"><p class="a" style="--q:&quot;&gt;&amp;&#39;"></p><i style="width:10%;"></i></div><p data-style="color:red">style="color:blue"</p>']
    expect(directive('style-src-attr', { body })).toBe(`style-src-attr 'unsafe-hashes' ${hash('width:10%;')} ${hash('--q:">&\'')}`)
    expect(directive('style-src-attr', {})).toBe(`style-src-attr 'none'`)
  })

  it('counts an empty style attribute, which browsers check as well', () => {
    expect(directive('style-src-attr', { body: ['<p style=""></p>'] })).toBe(`style-src-attr 'unsafe-hashes' ${hash('')}`)
  })

  it('stays short whatever a page holds', () => {
    const body = [Array.from({ length: 500 }, (_, i) => `<i style="width:${i}px"></i>`).join('')]
    expect(pagePolicy({ head: [], bodyPrepend: [], body, bodyAppend: [] }).length).toBeLessThan(6_000)
  })

  it('never allows everything inline or another site', () => {
    const policy = pagePolicy({ head: ['<script>1</script>'], bodyPrepend: [], body: ['<p style="a:b">'], bodyAppend: [] })
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|https?:|\*|nonce/)
    expect(policy).toMatch(/^default-src 'none'; /)
  })
})

describe('commonHeaders', () => {
  it('asks for HTTPS only over HTTPS', () => {
    expect(commonHeaders({ secure: true })).toHaveProperty('strict-transport-security')
    expect(commonHeaders({ secure: false })).not.toHaveProperty('strict-transport-security')
  })
})

describe('filePolicy', () => {
  it('lets the worker of the viewer load scripts of ours, and nothing else do anything', () => {
    expect(filePolicy('/_nuxt/pdf.worker.min.B5Yc7dP4.mjs')).toBe(WORKER_POLICY)
    expect(WORKER_POLICY).toMatch(/^default-src 'none'; script-src 'self';/)
    const strict = commonHeaders({ secure: false })['content-security-policy']
    for (const path of ['/api/documents', '/_nuxt/a.js', '/pdf.worker.min.mjs', '/_nuxt/a/pdf.worker.mjs', '/_nuxt/pdf.worker.mjs.txt']) expect(filePolicy(path)).toBe(strict)
  })
})
