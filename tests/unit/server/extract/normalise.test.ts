import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalise, normaliseMapped } from '../../../../server/extract/normalise.ts'

const anyText = fc.string({ unit: fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), fc.constantFrom('\uD83D', '\uDE00', '\u0301', '\u1161', '\uFB01', '\u00AD', '\r\n', '  ', 'e', '\u200B')) })

describe('normalise', () => {
  test.each([
    ['cafe\u0301', 'café'],
    ['of\uFB01ce \uFB00', 'office ff'],
    ['hy\u00ADphen', 'hyphen'],
    [' a\u00A0\t\n b\u2003', 'a b'],
    ['a\u0000b\u0007c\u009F', 'abc'],
    ['in\u202Evisible\u200B\u{E0041}', 'invisible'],
    ['x\uD800y', 'x\uFFFDy'],
    ['\uFEFFstart', 'start'],
    ['\u1112\u1161\u11AB', '한'],
    ['👩\u200D👩\u200D👧', '👩\u200D👩\u200D👧'],
  ])('%j becomes %j', (source, expected) => {
    expect(normalise(source)).toBe(expected)
  })

  test('keeps lines and indentation of code', () => {
    expect(normalise('\r\nif x:\r\n\treturn 1  \r\n', { keepLines: true })).toBe('if x:\n    return 1')
  })

  test('leaves no more marks on a letter than a script has, in no time', () => {
    expect(normalise(`e${'\u0323'.repeat(400_000)}x`)).toBe(`\u1EB9${'\u0323'.repeat(29)}x`)
    const twins = normalise(`q${'\u0344'.repeat(31)}`)
    expect(twins).toHaveLength(31)
    expect(normalise(twins)).toBe(twins)
  })

  test('is stable, composed, well-formed and free of control characters, whatever the text', () => {
    fc.assert(fc.property(anyText, fc.boolean(), (source, keepLines) => {
      const text = normalise(source, { keepLines })
      expect(normalise(text, { keepLines })).toBe(text)
      expect(text.normalize('NFC')).toBe(text)
      expect(text.isWellFormed()).toBe(true)
      // eslint-disable-next-line no-control-regex
      expect(text).not.toMatch(keepLines ? /[\0-\x09\x0B-\x1F\x7F-\x9F]/ : /[\0-\x1F\x7F-\x9F]| {2}/)
    }), { numRuns: 2000 })
  })
})

describe('normaliseMapped', () => {
  test('leads from each unit back to the character it came from', () => {
    const { text, map } = normaliseMapped('e\u0301\u00AD\uFB01  x')
    expect(text).toBe('éfi x')
    expect([...map]).toEqual([0, 3, 3, 4, 6])
  })

  test('maps every unit, in order, to a place in the source', () => {
    fc.assert(fc.property(anyText, (source) => {
      const { text, map } = normaliseMapped(source)
      expect(map).toHaveLength(text.length)
      for (let unit = 0; unit < map.length; unit++) {
        expect(map[unit]).toBeLessThan(source.length)
        if (unit > 0) expect(map[unit]).toBeGreaterThanOrEqual(map[unit - 1]!)
      }
    }), { numRuns: 2000 })
  })
})
