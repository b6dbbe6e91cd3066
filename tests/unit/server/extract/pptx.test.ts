import { describe, expect, test } from 'vitest'
import { outline, setUp } from './support/extract.ts'
import { presentation, shape, slideParagraph } from './support/office.ts'

const { extract } = await setUp()
const titled = (title: string, more = '') => ({ shapes: shape([title], { ph: 'type="title"' }) + more })
const report = (document: Awaited<ReturnType<typeof extract>>, page = 1) => document.pages[page - 1]!.report

describe('presentations', () => {
  test('have a page for each slide in the order of showing, empty ones too', async () => {
    const document = await extract(presentation([titled('First'), { shapes: '' }, titled('Third')]), 'a.pptx')
    expect(outline(document)).toEqual(['heading1: First', 'heading1: Third'])
    expect(document.pages.map(page => [page.number, page.text, page.flags])).toEqual([[1, 'First\n\n', []], [2, '', ['empty']], [3, 'Third\n\n', []]])
    expect(document.title).toBe('First')
  })

  test('are read title first, then from top to bottom and from left to right, groups in their place', async () => {
    const group = `<p:grpSp><p:grpSpPr><a:xfrm><a:off x="0" y="${150 * 12_700}"/><a:ext cx="1000" cy="1000"/><a:chOff x="0" y="0"/><a:chExt cx="1000" cy="1000"/></a:xfrm></p:grpSpPr>
      ${shape(['in the group'], { at: [0, 5] })}</p:grpSp>`
    const document = await extract(presentation([{ shapes: [
      shape(['bottom'], { at: [0, 300] }), shape(['right'], { at: [400, 101] }), shape(['left'], { at: [50, 105] }), group, shape(['Two', 'lines'], { ph: 'type="ctrTitle"', at: [0, 400] }),
    ].join('') }]), 'a.pptx')
    expect(outline(document)).toEqual(['heading1: Two lines', 'paragraph: left', 'paragraph: right', 'paragraph: in the group', 'paragraph: bottom'])
  })

  test('take places and bullets that a slide does not name from its layout and master', async () => {
    const slide = {
      shapes: shape(['second'], { ph: 'type="body" idx="2"', at: null }) + shape(['first'], { ph: 'idx="1"', at: null }),
      related: { l: ['slideLayout', '../slideLayouts/slideLayout1.xml'] } satisfies Record<string, [string, string]>,
    }
    const plain = '<a:lstStyle><a:lvl1pPr><a:buNone/></a:lvl1pPr></a:lstStyle>'
    const document = await extract(presentation([slide], {
      'ppt/slideLayouts/slideLayout1.xml': `<p:sldLayout>${shape([], { ph: 'type="body" idx="2"', at: [0, 200] }).replace('</p:txBody>', `${plain}</p:txBody>`)}${shape([], { ph: 'idx="1"', at: [0, 100] })}</p:sldLayout>`,
    }), 'a.pptx')
    expect(outline(document)).toEqual(['list_item1: first', 'paragraph: second'])
  })

  test('keep levels of bullets, tables, charts and diagrams', async () => {
    const cell = (text: string) => `<a:tc><a:txBody>${slideParagraph(text)}</a:txBody></a:tc>`
    const frame = (content: string, y: number) => `<p:graphicFrame><p:xfrm><a:off x="0" y="${y}"/><a:ext cx="1" cy="1"/></p:xfrm><a:graphic><a:graphicData>${content}</a:graphicData></a:graphic></p:graphicFrame>`
    const document = await extract(presentation([{
      shapes: shape(['One', { xml: slideParagraph('Two', '<a:pPr lvl="1"/>') }, { xml: slideParagraph('Plain', '<a:pPr><a:buNone/></a:pPr>') }], { ph: 'type="body"', at: [0, 0] })
        + frame(`<a:tbl><a:tr>${cell('Year')}${cell('Rag')}</a:tr><a:tr><a:tc hMerge="1"><a:txBody/></a:tc>${cell('1899')}${cell('Maple Leaf')}</a:tr></a:tbl>`, 2_000_000)
        + frame('<c:chart r:id="c"/>', 3_000_000) + frame('<dgm:relIds r:dm="d"/>', 4_000_000),
      related: { c: ['chart', '../charts/chart1.xml'], d: ['diagramData', '../diagrams/data1.xml'] },
    }], {
      'ppt/charts/chart1.xml': '<c:chartSpace><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Sales</a:t></a:r></a:p></c:rich></c:tx></c:title></c:chart></c:chartSpace>',
      'ppt/diagrams/data1.xml': '<dgm:dataModel><dgm:pt><dgm:t><a:p><a:r><a:t>Step</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:dataModel>',
    }), 'a.pptx')
    expect(outline(document)).toEqual(['list_item1: One', 'list_item2: Two', 'paragraph: Plain', 'table_row: Year | Rag', 'table_row: 1899 | Maple Leaf', 'caption: Sales', 'list_item1: Step'])
    expect(report(document).tables).toBe(1)
  })

  test('have their notes under a heading; numbers, dates, footers, pictures and comments are counted', async () => {
    const document = await extract(presentation([{
      shapes: shape(['Talk'], { ph: 'type="title"' }) + shape(['Confidential'], { ph: 'type="ftr"' })
        + shape([{ xml: '<a:p><a:fld type="slidenum"><a:t>1</a:t></a:fld></a:p>' }], { ph: 'type="sldNum"' })
        + '<p:pic><p:blipFill><a:blip r:embed="x"/></p:blipFill></p:pic>',
      related: { n: ['notesSlide', '../notesSlides/notesSlide1.xml'], c: ['comments', '../comments/comment1.xml'] },
    }], {
      'ppt/notesSlides/notesSlide1.xml': `<p:notes>${shape(['7'], { ph: 'type="sldNum"' })}${shape(['Say hello.', 'Then wait.'], { ph: 'type="body" idx="1"' })}</p:notes>`,
      'ppt/comments/comment1.xml': '<p:cmLst><p:cm><p:text>Really?</p:text></p:cm></p:cmLst>',
    }), 'a.pptx')
    expect(outline(document)).toEqual(['heading1: Talk', 'heading2: Notes', 'paragraph: Say hello.', 'paragraph: Then wait.'])
    expect(Object.fromEntries(report(document).dropped.map(({ kind, count }) => [kind, count]))).toEqual({ header_footer: 1, field: 1, image: 1, comment: 1 })
  })

  test('report what they do not show: hidden slides and shapes, shapes beside the slide, dust', async () => {
    const document = await extract(presentation([
      { ...titled('Secret', shape(['plan'])), show: '0' },
      titled('Open', shape(['Obey.'], { attributes: 'hidden="1"' }) + shape(['Beside.'], { at: [800, 0] }) + shape([{ xml: '<a:p><a:r><a:rPr sz="100"/><a:t>Dust.</a:t></a:r><a:r><a:t>Text.</a:t></a:r></a:p>' }])),
    ]), 'a.pptx')
    expect(document.pages.map(page => [page.text, page.flags])).toEqual([['', ['empty', 'hidden_text']], ['Open\n\nText.\n\n', ['hidden_text']]])
    expect(report(document).hidden).toEqual([{ reason: 'markup', text: 'Secret\nplan', characters: 11 }])
    expect(report(document, 2).hidden.map(({ reason, text }) => [reason, text]).sort()).toEqual([['markup', 'Obey.'], ['off_page', 'Beside.'], ['tiny', 'Dust.']])
  })

  test('read one form of what is there in several', async () => {
    const both = `<mc:AlternateContent><mc:Choice>${shape(['x = 1'])}</mc:Choice><mc:Fallback>${shape(['x equals 1'])}</mc:Fallback></mc:AlternateContent>`
    expect(outline(await extract(presentation([{ shapes: both }]), 'a.pptx'))).toEqual(['paragraph: x = 1'])
  })

  test('without text, without a presentation, or with a slide that says itself a million times, end with a reason', async () => {
    await expect(extract(presentation([{ shapes: '' }]), 'a.pptx')).rejects.toMatchObject({ code: 'no_text' })
    await expect(extract(presentation([], { 'ppt/presentation.xml': '<p:' }), 'a.pptx')).rejects.toMatchObject({ code: 'no_text' })
    const loop = `<p:presentation>${'<p:sldId r:id="s0"/>'.repeat(40_000)}</p:presentation>`
    await expect(extract(presentation([titled('x')], { 'ppt/presentation.xml': loop }), 'a.pptx')).rejects.toMatchObject({ code: 'too_many_pages' })
    await expect(extract(presentation([titled('x', shape(['y'.repeat(2_000_000)]))]), 'a.pptx')).rejects.toMatchObject({ code: 'too_large' })
    // A slide whose part is missing keeps its number.
    const missing = await extract(presentation([titled('x'), titled('y')], { 'ppt/_rels/presentation.xml.rels': '<Relationships><Relationship Id="s1" Type="x/slide" Target="slides/slide1.xml"/></Relationships>' }), 'a.pptx')
    expect(missing.pages.map(page => page.text)).toEqual(['', 'y\n\n'])
  })
})
