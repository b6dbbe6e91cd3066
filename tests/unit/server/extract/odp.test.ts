import { describe, expect, test } from 'vitest'
import { outline, setUp } from './support/extract.ts'
import { odfFile } from './support/office.ts'

const { extract } = await setUp()
const frame = (content: string, attributes = '') => `<draw:frame ${attributes}><draw:text-box>${content}</draw:text-box></draw:frame>`
const at = (x: number, y: number) => `svg:x="${x}cm" svg:y="${y}cm" svg:width="5cm" svg:height="1cm"`
const p = (text: string) => `<text:p>${text}</text:p>`
const page = (content: string, attributes = '') => `<draw:page ${attributes}>${content}</draw:page>`

describe('OpenDocument presentations', () => {
  test('have a page for each slide, read title first and then from top to bottom and from left to right', async () => {
    const document = await extract(odfFile('odp', [
      page(frame(p('bottom'), at(0, 10)) + frame(p('right'), at(9, 3)) + `<draw:g><draw:custom-shape ${at(0, 3.1)}><svg:title>name</svg:title>${p('left')}</draw:custom-shape></draw:g>` + frame(p('Rags') + p('and marches'), `presentation:class="title" ${at(0, 15)}`)),
      page(frame('', 'presentation:class="title" presentation:placeholder="true"')),
      page(frame(`<text:list><text:list-item>${p('One')}<text:list><text:list-item>${p('Two')}</text:list-item></text:list></text:list-item></text:list>`, 'presentation:class="outline"')
        + `<draw:frame><table:table><table:table-row><table:table-cell>${p('1899')}</table:table-cell><table:table-cell>${p('Maple')}</table:table-cell></table:table-row></table:table></draw:frame>`),
    ].join('')), 'a.odp')
    expect(outline(document)).toEqual(['heading1: Rags and marches', 'paragraph: left', 'paragraph: right', 'paragraph: bottom', 'list_item1: One', 'list_item2: Two', 'table_row: 1899 | Maple'])
    expect(document.pages.map(({ number, flags }) => [number, flags])).toEqual([[1, []], [2, ['empty']], [3, []]])
    expect(document.title).toBe('Rags and marches')
  })

  test('have their notes under a heading; footers, comments and what is hidden are reported', async () => {
    const document = await extract(odfFile('odp', [
      page(frame(p('Talk'), 'presentation:class="title"') + frame(p('Confidential'), 'presentation:class="footer"') + '<office:annotation><text:p>Why?</text:p></office:annotation>'
        + frame(p('Obey.'), 'draw:display="none"') + frame(p('Beside.'), at(40, 0)) + `<presentation:notes>${frame(p('7'), 'presentation:class="page-number"')}${frame(p('Say hello.'), 'presentation:class="notes"')}</presentation:notes>`),
      page(frame(p('Secret')), 'draw:style-name="dp2"'),
    ].join(''), { styles: '<style:style style:name="dp2" style:family="drawing-page"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>' }), 'a.odp')
    expect(outline(document)).toEqual(['heading1: Talk', 'heading2: Notes', 'paragraph: Say hello.'])
    expect(document.pages[0]!.report).toMatchObject({
      dropped: [{ kind: 'header_footer', count: 1 }, { kind: 'comment', count: 1 }],
      hidden: [{ reason: 'off_page', text: 'Beside.' }, { reason: 'markup', text: 'Obey.' }],
    })
    expect(document.pages[1]).toMatchObject({ text: '', flags: ['empty', 'hidden_text'], report: { hidden: [{ reason: 'markup', text: 'Secret' }] } })
  })

  test('end with a reason when they are empty, encrypted or endless', async () => {
    await expect(extract(odfFile('odp', page('')), 'a.odp')).rejects.toMatchObject({ code: 'no_text' })
    await expect(extract(odfFile('odp', ''), 'a.odp')).rejects.toMatchObject({ code: 'no_text' })
    await expect(extract(odfFile('odp', '<draw:page/>'.repeat(40_000)), 'a.odp')).rejects.toMatchObject({ code: 'too_many_pages' })
  })
})
