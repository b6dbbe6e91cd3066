import fc from 'fast-check'
import MarkdownIt from 'markdown-it'
import { describe, expect, it } from 'vitest'
import { cleanQuote, escapeMarkdown, showQuote } from '../../../../server/answer/quote.ts'

describe('cleanQuote', () => {
  it.each([
    ['It was published in 1899.[12]', 'It was published in 1899.'],
    ['It [3, 4] was [1–3] here [a].', 'It was here.'],
    ['One\nline  only', 'One line only'],
    ['An array a[10] and a [link](x)', 'An array a and a [link](x)'],
  ])('%j → %j', (from, to) => {
    expect(cleanQuote(from)).toBe(to)
  })
})

describe('showQuote', () => {
  it.each([
    ['One sentence\nover two lines.', 'One sentence over two lines.'],
    ['Two of them:\n\n- *one*\n2. two', 'Two of them:\n> - \\*one\\*\n> - 2\\. two'],
    ['Her advice:\n\nPlay it slowly.', 'Her advice:\n>\n> Play it slowly.'],
    ['He said: “No.”\nShe left.', 'He said: “No.” She left.'],
  ])('%j → %j', (quote, shown) => {
    expect(showQuote(quote)).toBe(shown)
  })

  it('puts each line of a list on its own', () => {
    expect(showQuote('One\n• Two', true)).toBe('- One\n> - Two')
  })
})

describe('escapeMarkdown', () => {
  const markdown = new MarkdownIt({ html: true, linkify: false })
  const shown = (text: string) => markdown.render(`> ${escapeMarkdown(text)}`)

  it.each(['1. First', '# Title', '- item', '<script>alert(1)</script>', '[a](http://x.test)', '![a](http://x.test)', '*a* _b_ snake_case', '`code`', '&amp; &#35;', 'a | b', '---', '> quote', '<http://x.test>'])('shows %j as it is', (text) => {
    expect(shown(text)).toBe(`<blockquote>\n<p>${markdown.utils.escapeHtml(text)}</p>\n</blockquote>\n`)
  })

  it('never lets a quoted sentence make a link, an image or a tag', () => {
    const piece = fc.constantFrom('[', ']', '(', ')', '!', '<', '>', '`', '*', '_', '\\', 'a', ' ', 'http://x.test', '&lt;', '#', '-', '1.', '~~', '|')
    fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      expect(shown(cleanQuote(pieces.join('')))).not.toMatch(/<(?:a|img|script|em|strong|code|s|h\d|ul|ol|hr)\b/)
    }))
  })
})
