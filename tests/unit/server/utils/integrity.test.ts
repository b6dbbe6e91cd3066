import { describe, expect, it } from 'vitest'
import { withIntegrity } from '../../../../server/utils/integrity.ts'

const HASHES = { '/_nuxt/a.js': 'sha384-AAA', '/_nuxt/a.css': 'sha384-CCC' }

describe('withIntegrity', () => {
  it.each([
    ['<script type="module" src="/_nuxt/a.js" crossorigin></script>', '<script type="module" src="/_nuxt/a.js" crossorigin integrity="sha384-AAA"></script>'],
    ['<link rel="stylesheet" href="/_nuxt/a.css" crossorigin>', '<link rel="stylesheet" href="/_nuxt/a.css" crossorigin integrity="sha384-CCC">'],
    ['<link rel="modulepreload" as="script" href="/_nuxt/a.js" />', '<link rel="modulepreload" as="script" href="/_nuxt/a.js" integrity="sha384-AAA">'],
    ['<script data-a="x>y" src="/_nuxt/a.js"></script>', '<script data-a="x>y" src="/_nuxt/a.js" integrity="sha384-AAA"></script>'],
  ])('adds the hash to %s', (html, expected) => {
    expect(withIntegrity(html, HASHES)).toBe(expected)
  })

  it.each([
    '<script src="/_nuxt/other.js"></script>',
    '<script src="toString"></script>',
    '<script>let src = "/_nuxt/a.js"</script>',
    '<script src="/_nuxt/a.js" integrity="sha384-own"></script>',
    '<link rel="prefetch" href="/_nuxt/a.js">',
    '<link rel="icon" href="/_nuxt/a.css">',
    '<p>/_nuxt/a.js</p>',
  ])('leaves %s as it is', (html) => {
    expect(withIntegrity(html, HASHES)).toBe(html)
  })
})
