import { describe, expect, test } from 'vitest'
import { outline, setUp } from './support/extract.ts'

const { extract } = await setUp()

describe('Markdown', () => {
  test('is read as text without its marks', async () => {
    const document = await extract([
      '---', 'title: "The *Rag*"', 'tags: [a, b]', '---', '# Scott **Joplin**', '', 'A [link](http://x.example "t") and `code`,', 'wrapped. ![badge](x.png)', '',
      'Setext', '------', '', '* One', '  * Two <br> lines', '* Three', '', '> Quoted.', '', '| Year | Rag |', '|---|:-:|', '| 1899 | *Maple Leaf* |', '',
      '```py', 'def f():', '    return 1', '```', '', '<div>Raw <b>HTML</b><script>x</script></div>', '', 'Hard  ', 'break &amp; entity\\*', '', '<!-- gone -->', '[ref]: http://x.example',
    ].join('\n'), 'a.md')
    expect(document.title).toBe('The *Rag*')
    expect(outline(document)).toEqual([
      'heading1: Scott Joplin', 'paragraph: A link and code, wrapped.', 'heading2: Setext',
      'list_item1: One', 'list_item2: Two lines', 'list_item1: Three', 'paragraph: Quoted.',
      'table_row: Year | Rag', 'table_row: 1899 | Maple Leaf', 'code: def f():\n    return 1', 'paragraph: Raw HTML', 'paragraph: Hard break & entity*',
    ])
  })

  test('takes its title from the first large heading', async () => {
    expect((await extract('## Small\n\n# Large\n\ntext', 'a.md')).title).toBe('Large')
    expect((await extract('just text', 'a.md')).title).toBeNull()
  })

  test('a rule at the start is no front matter', async () => {
    expect((await extract('---\n\nWords.\n\n---\n\nMore.', 'a.md')).text).toBe('Words.\n\nMore.\n\n')
  })

  test('of many slices reads as one: links are resolved, fenced code is not cut', async () => {
    const part = (index: number) => `## Part ${index}\n\nSee [the source][src].\n\n\`\`\`\n${'# no heading\n\n'.repeat(300)}\`\`\`\n\n- item\n\n`
    const document = await extract(`${Array.from({ length: 150 }, (_, index) => part(index)).join('')}[src]: http://x.example\n`, 'a.md')
    const blocks = outline(document)
    expect(blocks.filter(block => block.startsWith('heading'))).toHaveLength(150)
    expect(blocks.filter(block => block === 'paragraph: See the source.')).toHaveLength(150)
  })
})
