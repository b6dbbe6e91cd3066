import { describe, expect, test } from 'vitest'
import { readHtml } from '../../../../../server/extract/html.ts'

const hidden = (html: string) => readHtml(`<body>${html}<p>Seen.</p>`).blocks.flatMap(({ notes }) => notes?.hidden ?? []).map(({ reason, text }) => `${reason}: ${text}`)

describe('what the original does not show', () => {
  test.each([
    ['<p hidden>x</p>', 'markup'], ['<p style="DISPLAY : NONE !important">x</p>', 'markup'], ['<p style="mso-hide:all">x</p>', 'markup'],
    ['<p style="max-height:0;overflow:hidden">x</p>', 'markup'], ['<p style="visibility:hidden">x</p>', 'invisible'], ['<p style="opacity:0">x</p>', 'invisible'],
    ['<p style="opacity: 0.0">x</p>', 'invisible'], ['<p style="font-size:0">x</p>', 'tiny'], ['<p style="font-size:1px">x</p>', 'tiny'], ['<span style="font-size:.05em">x</span>', 'tiny'],
    ['<p style="position:absolute;left:-9999px">x</p>', 'off_page'], ['<h1 style="text-indent:-5000px">x</h1>', 'off_page'], ['<p style="clip: rect(0, 0, 0, 0)">x</p>', 'off_page'],
    ['<p style="color:#fff">x</p>', 'background_colour'], ['<font color=white>x</font>', 'background_colour'], ['<p style="color:rgba(0,0,0,0)">x</p>', 'background_colour'],
    ['<p style="color:transparent">x</p>', 'background_colour'], ['<div style="background:#EEE"><p style="color:rgb(238, 238, 238)">x</p></div>', 'background_colour'],
    ['<table bgcolor=black><tr><td><span style="color:#000">x</span></table>', 'background_colour'], ['<table><tr hidden><td>x</table>', 'markup'], ['<table><tr><td>y<td style="display:none">x</table>', 'markup'],
    ['<pre>a<span hidden>x</span></pre>', 'markup'],
  ])('%s', (html, reason) => {
    expect(hidden(html)).toEqual([`${reason}: x`])
  })

  test.each([
    '<p style="color:white" class="badge">x</p>', '<div style="background:#000"><p style="color:white">x</p></div>', '<div style="background:url(a.png)"><p style="color:white">x</p></div>',
    '<p style="font-size:12px">x</p>', '<p style="font-size:10px;opacity:0.5">x</p>', '<p style="overflow:hidden;height:20px">x</p>', '<details><summary>a</summary>x</details>',
    '<p hidden="until-found">x</p>', '<p style="display:block;margin:0">x</p>', '<p style="left:-9999px">x</p>', '<p style="text-indent:-20px">x</p>', '<p style="color:#ffe">x</p>',
  ])('not %s', (html) => {
    expect(hidden(html)).toEqual([])
  })

  test('a page is never hidden as a whole', () => {
    expect(readHtml('<body style="opacity:0"><p>Seen.</p>').blocks).toEqual([{ kind: 'paragraph', text: 'Seen.' }])
  })

  test('can be read as well, and is reported all the same', () => {
    const { blocks } = readHtml('<p>Seen.</p><p hidden>Not seen.</p><table><tr><td>a<td hidden>b</table>', { hiddenText: 'include' })
    expect(blocks.map(({ text }) => text)).toEqual(['Seen.', 'Not seen.', 'a | b'])
    expect(blocks.flatMap(({ notes }) => notes?.hidden ?? []).map(({ text }) => text)).toEqual(['Not seen.', 'b'])
  })

  test('more runs than a report has room for are counted', () => {
    const { blocks } = readHtml(`${'<i hidden>x</i>'.repeat(60)}<p>Seen.</p>`)
    expect(blocks[0]!.notes).toMatchObject({ dropped: { hidden_text: 10 } })
    expect(blocks[0]!.notes!.hidden).toHaveLength(50)
  })
})
