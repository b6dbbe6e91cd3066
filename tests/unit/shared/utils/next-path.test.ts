import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeNextPath } from '../../../../shared/utils/next-path.ts'

describe('safeNextPath', () => {
  it.each(['/', '/documents', '/documents/1?start=3&end=9', '/chats/a#b', '/loginpage', '/café'])('goes to %s', (next) => {
    expect(safeNextPath(next)).toBe(next)
  })

  it.each([
    '//evil.example', '/\\evil.example', '\\\\evil.example', 'https://evil.example', 'javascript:alert(1)', 'documents', '',
    '/\t/evil.example', '/\n//evil.example', '/a\\b', '/login', '/login?next=/x', '/api/documents', undefined, ['/a'], `/${'x'.repeat(2_000)}`,
  ])('goes home instead of %j', (next) => {
    expect(safeNextPath(next)).toBe('/')
  })

  it('never leaves the site, whatever comes', () => {
    const text = fc.string({ unit: fc.constantFrom('/', '\\', '\t', '\n', '.', '@', ':', 'a', '%', '?', '#', ' ') })
    fc.assert(fc.property(text, (next) => {
      expect(new URL(safeNextPath(next), 'https://ragtime.example/login').origin).toBe('https://ragtime.example')
    }))
  })
})
