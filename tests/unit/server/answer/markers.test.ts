import fc from 'fast-check'
import MarkdownIt from 'markdown-it'
import { describe, expect, it } from 'vitest'
import { cleanText, createTextFilter } from '../../../../server/answer/markers.ts'

const doc = '/documents/01900000-0000-7000-8000-000000000001?start=1&end=2'

describe('cleanText', () => {
  it.each([
    ['Joplin wrote it [1].', 'Joplin wrote it.'],
    ['Joplin wrote it.[1][2] Then', 'Joplin wrote it. Then'],
    ['It is so [1, 2] and so [3-5].', 'It is so and so.'],
    ['Footnote[^1] here', 'Footnote here'],
    ['An array `a[1]` and [TODO] stay', 'An array `a[1]` and [TODO] stay'],
    ['```js\na[1] = b [2]\n```\nText [1].', '```js\na[1] = b [2]\n```\nText.'],
    ['A [link](https://evil.test/?q=1) here', 'A link here'],
    ['A [place](' + doc + ') here', 'A [place](' + doc + ') here'],
    ['An ![image](https://evil.test/x.png) here', 'An image here'],
    ['[![x](http://a.test)](http://b.test)', 'x'],
    ['See <https://evil.test/> or <me@evil.test>.', 'See `https://evil.test/` or `me@evil.test`.'],
    ['<img src=x onerror=y>Text <a href="http://x">a</a>', 'Text a'],
    ['1 < 2 and a <b> c', String.raw`1 \< 2 and a \<b> c`],
    ['a lone ` and ``` here', 'a lone \\` and \\`\\`\\` here'],
    ['[foo]: http://evil.test\nText [foo].', 'Text [foo].'],
    ['[1]: http://evil.test\nText [1].', 'Text.'],
    ['[1](http://evil.test) x', ' x'],
    ['- [ ] to do\n- [x] done', '- [ ] to do\n- [x] done'],
    [String.raw`\[1] stays`, String.raw`\[1] stays`],
  ])('%j → %j', (from, to) => {
    expect(cleanText(from)).toBe(to)
  })

  it('keeps a link from closing over a flush', () => {
    const filter = createTextFilter()
    expect(filter.push('A [cited ') + filter.flush() + filter.push('text](https://evil.test) b') + filter.flush()).toBe('A [cited text] b')
    expect(filter.push('A [b]') + filter.flush() + filter.push('(https://evil.test) c') + filter.flush()).toBe(String.raw`A [b]\(https://evil.test) c`)
  })
})

const piece = fc.constantFrom(
  'word', ' ', '\n', '\n\n', '[1]', '[', ']', '(', ')', '](', '[a]', '[1, 2]', '![', '!', '`', '``', '```', '```\n', '~~~\n', '<', '>', '<a href=x>',
  '<https://x.test>', 'http://x.test', doc, '\\', ':', '[b]: ', '  ', '\t', '[^1]', '[12', '.', '🎹', '> ', '- ', '1. ', '    ', '|', '\n|-|-|\n',
)
const text = fc.array(piece, { maxLength: 40 }).map(pieces => pieces.join(''))

describe('properties', () => {
  it('any cutting of the stream gives the same text', () => {
    fc.assert(fc.property(text, fc.array(fc.nat(12), { maxLength: 60 }), (whole, cuts) => {
      const filter = createTextFilter()
      let output = ''
      let from = 0
      for (const length of cuts) {
        output += filter.push(whole.slice(from, from + length))
        from += length
      }
      output += filter.push(whole.slice(from)) + filter.flush()
      expect(output).toBe(cleanText(whole))
    }), { numRuns: 3_000 })
  })

  it('one character at a time gives the same text', () => {
    fc.assert(fc.property(text, (whole) => {
      const filter = createTextFilter()
      let output = ''
      for (let i = 0; i < whole.length; i++) output += filter.push(whole[i]!)
      expect(output + filter.flush()).toBe(cleanText(whole))
    }), { numRuns: 3_000 })
  })

  it('what is left renders no link out of the corpus, no image and no marker', () => {
    const markdown = new MarkdownIt({ html: false, linkify: false })
    fc.assert(fc.property(text, (whole) => {
      const html = markdown.render(cleanText(whole))
      for (const [, href] of html.matchAll(/<a href="([^"]*)"/g)) expect(href).toMatch(/^\/documents\//)
      expect(html).not.toContain('<img')
    }), { numRuns: 3_000 })
  })

  it('text without brackets, tags and code comes out as it went in', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\n', '.', '*', '#', '🎹', '-', '(', ')', ':') }), (whole) => {
      expect(cleanText(whole)).toBe(whole)
    }))
  })
})
