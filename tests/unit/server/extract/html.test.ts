import { describe, expect, test } from 'vitest'
import { extractHtml, readHtml } from '../../../../server/extract/html.ts'
import { outline } from './support/extract.ts'
import { reader } from './support/read.ts'

const extract = reader(extractHtml)
const read = (html: string) => readHtml(html).blocks.map(({ kind, level, text }) => `${kind}${level ?? ''}: ${text}`)

describe('HTML', () => {
  test('keeps what a reader sees', () => {
    expect(read(`<h1>Rag<br>time</h1><p>One <b>bold</b>,
      two.<ul><li>First<ul><li>Inner</ul><li><p>Second</p><p>goes on</p></ul><blockquote>Quote</blockquote>
      <pre>  a\n    b</pre><figure><figcaption>Figure 1</figcaption></figure><dl><dt>Term<dd>Meaning</dl>`)).toEqual([
      'heading1: Rag time', 'paragraph: One bold, two.', 'list_item1: First', 'list_item2: Inner', 'list_item1: Second', 'list_item1: goes on',
      'paragraph: Quote', 'code:   a\n    b', 'caption: Figure 1', 'paragraph: Term', 'paragraph: Meaning',
    ])
  })

  test.each([
    '<script>x</script>', '<style>x</style>', '<template>x</template>', '<nav>x</nav>', '<noscript>x</noscript>', '<svg><text>x</text></svg>',
    '<p hidden>x</p>', '<p style="color:red; display : none">x</p>', '<p style="visibility:hidden">x</p>', '<span aria-hidden=true>x</span>',
    '<p style="font-size:0px">x</p>', '<select><option>x</select>', '<!-- x -->', '<iframe>x</iframe>', '<button>x</button>', '<a href="javascript:x"></a>',
  ])('leaves out %s', (html) => {
    expect(read(`<p>seen</p>${html}`)).toEqual(['paragraph: seen'])
  })

  test('tables become rows, layout tables paragraphs', () => {
    expect(read('<table><caption>Sales</caption><thead><tr><th>Year<th>Copies</thead><tr><td>1899<td><p>400</p><p>sold</p><tr><td></table>')).toEqual([
      'caption: Sales', 'table_row: Year | Copies', 'table_row: 1899 | 400 sold',
    ])
    expect(read('<table><tr><td><h1>Site</h1><td><table><tr><td>a<td>b</table></table>')).toEqual(['heading1: Site', 'table_row: a | b'])
  })

  test('two line breaks end a paragraph', () => {
    expect(read('One<br>line<br><br>Two')).toEqual(['paragraph: One line', 'paragraph: Two'])
  })

  test.each<[string, Buffer]>([
    ['a meta element', Buffer.from('<html><head><meta charset="windows-1251"></head><p>\xCF\xF0\xE8\xE2\xE5\xF2', 'latin1')],
    ['an http-equiv element', Buffer.from('<html><meta http-equiv=Content-Type content="text/html; charset=windows-1251"><p>\xCF\xF0\xE8\xE2\xE5\xF2', 'latin1')],
    ['its bytes, whatever it says', Buffer.from('<html><meta charset=windows-1251><p>Привет')],
  ])('takes its encoding from %s', async (_, bytes) => {
    expect((await extract(bytes, 'a.html')).text).toBe('Привет\n\n')
  })

  test('says which encoding it had to guess', async () => {
    const document = await extract(Buffer.from('<html><p>Gr\xF6\xDFere St\xE4dte hatten f\xFCr jedes Caf\xE9 einen Klavierspieler', 'latin1'), 'a.html')
    expect(document.pages[0]!.report.repairs).toEqual([{ kind: 'read_as_windows_1252', count: 5 }])
  })

  test('takes its title from the head, else from a heading', async () => {
    const document = await extract('<!doctype html><title> The &amp; title </title><h1>Heading</h1>', 'a.html')
    expect(document.title).toBe('The & title')
    expect(outline(document)).toEqual(['heading1: Heading'])
    expect((await extract('<!doctype html><h1>Heading</h1>', 'a.html')).title).toBe('Heading')
  })

  test('without text fails with a reason', async () => {
    await expect(extract('<!doctype html><script>x</script><img src=x>', 'a.html')).rejects.toMatchObject({ code: 'no_text' })
  })
})
