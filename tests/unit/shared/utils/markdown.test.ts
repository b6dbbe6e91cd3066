import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leavesOf } from '../../../../shared/utils/citation-layout.ts'
import { growMarkdown, parseMarkdown, type MarkdownNode } from '../../../../shared/utils/markdown.ts'
import { markdown } from '../../support/markdown.ts'

const tags = (node: MarkdownNode): string => node.kind === 'element' ? `${node.tag}(${node.children.map(tags).join(' ')})` : node.kind
const text = (node: MarkdownNode): string => leavesOf(node).map(leaf => leaf.text).join('')
const parse = (source: string) => parseMarkdown(source).map(block => block.node)

describe('parseMarkdown', () => {
  it('keeps paragraphs, headings, lists, tables and code apart', () => {
    const source = '# One\n\nTwo **three** `four`.\n\n- a\n- b\n\n| x | y |\n|---|--:|\n| 1 | 2 |\n\n```ts\nconst a = 1\n```\n'
    expect(parse(source).map(tags)).toEqual([
      'h2(text)',
      'p(text strong(text) text code(text) text)',
      'ul(li(text) li(text))',
      'table(thead(tr(th(text) th(text))) tbody(tr(td(text) td(text))))',
      'code',
    ])
  })

  it('draws HTML as text', () => {
    expect(text(parse('<script>alert(1)</script> <img src=x onerror=alert(1)>')[0]!)).toBe('<script>alert(1)</script> <img src=x onerror=alert(1)>')
  })

  it.each([
    ['[here](javascript:alert(1))', 'here'],
    ['[here](https://example.org/?q=secret)', 'here'],
    ['[here](//example.org)', 'here'],
    ['[here](/api/auth/session)', 'here'],
    ['<https://example.org>', 'https://example.org'],
    ['![logo](https://example.org/x.png)', 'logo'],
  ])('leaves no address of %s', (source, shown) => {
    const [node] = parse(source)
    expect(text(node!)).toBe(shown)
    expect(JSON.stringify(node)).not.toMatch(/"href"/)
  })

  it('keeps a link to a document of the library', () => {
    const href = '/documents/01930000-0000-7000-8000-000000000000?start=3&end=9'
    expect(JSON.stringify(parse(`[here](${href})`))).toContain(href)
  })

  it('knows where each text stands in the source, whatever surrounds it', () => {
    const source = '> - a \\* b &amp; c\n>   d **e**  \n>   f\n\n| g \\| h | i |\n|---|---|\n|  j|k  |\n\n## l ##\n\nm\n=\n\n1. n\n\n   o `p`\n'
    for (const block of parseMarkdown(source)) {
      for (const leaf of leavesOf(block.node)) {
        if (leaf.text.length === leaf.to - leaf.from) expect(source.slice(leaf.from, leaf.to)).toBe(leaf.text)
      }
    }
    const found = parseMarkdown(source).flatMap(block => leavesOf(block.node)).map(leaf => source.slice(leaf.from, leaf.to))
    expect(found.join('')).toContain('\\*')
    expect(found).toContain('o ')
    expect(found).toContain('p')
  })

  it('finds the second of two equal cells at its own place', () => {
    const source = '| a | a | a |\n|---|---|---|\n| a | a | a |'
    const offsets = parseMarkdown(source).flatMap(block => leavesOf(block.node)).map(leaf => leaf.from)
    expect(offsets).toEqual([2, 6, 10, 30, 34, 38])
  })

  it('places every unescaped text exactly (property)', () => {
    fc.assert(fc.property(markdown(), (source) => {
      for (const block of parseMarkdown(source)) {
        expect(block.from).toBeLessThanOrEqual(block.to)
        for (const leaf of leavesOf(block.node)) {
          expect(leaf.from).toBeGreaterThanOrEqual(block.from)
          expect(leaf.to).toBeLessThanOrEqual(block.to)
          if (leaf.kind === 'text' && /^[\w ,.]+$/.test(leaf.text)) expect(source.slice(leaf.from, leaf.to)).toBe(leaf.text)
        }
      }
    }), { numRuns: 500 })
  })

  it('survives any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (source) => {
      parseMarkdown(source)
    }), { numRuns: 500 })
  })
})

describe('growMarkdown', () => {
  it('ends where a single parse ends, however the text was cut (property)', () => {
    fc.assert(fc.property(markdown(), fc.array(fc.nat({ max: 400 }), { maxLength: 12 }), (source, cuts) => {
      let blocks = parseMarkdown('')
      for (const cut of [...cuts].sort((a, b) => a - b)) blocks = growMarkdown(blocks, source.slice(0, cut))
      expect(growMarkdown(blocks, source)).toEqual(parseMarkdown(source))
    }), { numRuns: 1000 })
  })

  it('lets a list go on with a number that came in pieces', () => {
    const source = '1. One\n\n2. Two'
    let blocks = parseMarkdown('')
    for (const end of [7, 9, source.length]) blocks = growMarkdown(blocks, source.slice(0, end))
    expect(blocks).toEqual(parseMarkdown(source))
  })

  it('returns finished blocks as the same objects', () => {
    const before = parseMarkdown('One.\n\nTwo.\n\nThr')
    const after = growMarkdown(before, 'One.\n\nTwo.\n\nThree.\n\nFour')
    expect(after).toHaveLength(4)
    expect(after[0]).toBe(before[0])
    expect(after[1]).toBe(before[1])
  })
})
