import { describe, expect, test } from 'vitest'
import { readHtml } from '../../../../../server/extract/html.ts'

const PROSE = 'Joplin studied at the George R. Smith College in Sedalia and played at the Maple Leaf Club, where he wrote his best known rag in 1899. '
const links = (count: number, word = 'Link') => Array.from({ length: count }, (_, index) => `<a href="/${index}">${word} ${index}</a>`).join(' ')
const menu = (count: number) => `<ul>${Array.from({ length: count }, (_, index) => `<li><a href="/${index}">Section ${index}</a>`).join('')}</ul>`
function read(html: string) {
  const { blocks } = readHtml(html, { mainOnly: true })
  const dropped: Record<string, number> = {}
  for (const { notes } of blocks) for (const [kind, count] of Object.entries(notes?.dropped ?? {})) dropped[kind] = (dropped[kind] ?? 0) + count
  return { text: blocks.map(({ text }) => text), dropped }
}

describe('what lies around the text is left out and counted', () => {
  test('menus, banners, sidebars and footers', () => {
    expect(read(`<body><div class="skip-link"><a href="#x">Skip</a></div><nav>${menu(3)}</nav><header>${links(4)}</header>
      <div id="cookie-banner"><p>We value your privacy. <a href="/c">More</a></p></div><div role="dialog">Subscribe!</div>
      <h1>Rags</h1><div class="breadcrumbs">${links(2)}</div><p>${PROSE}</p><p>${PROSE}</p><p>${PROSE}</p>
      <aside>${menu(5)}</aside><div class="col sidebar">${menu(5)}</div><footer>© 1899 John Stark & Son</footer>`)).toEqual({
      text: ['Rags', PROSE.trim(), PROSE.trim(), PROSE.trim()],
      dropped: { navigation: 4, header: 1, cookie_banner: 2, sidebar: 1, footer: 1 },
    })
  })

  test('everything outside of the main part, but for the page’s one heading', () => {
    expect(read(`<body><div><header><p>The Daily Rag</p><h1>Maple Leaf</h1></header></div><div>Weather: fair</div><main><p>${PROSE}</p><p>${PROSE}</p></main><div>Most read: ${links(9)}</div>`)).toEqual({
      text: ['Maple Leaf', PROSE.trim(), PROSE.trim()], dropped: { surroundings: 3 },
    })
  })

  test('everything outside of the only article', () => {
    expect(read(`<body><div>Teaser</div><article><h1>Rags</h1><footer>By Ann</footer><p>${PROSE}</p><aside>“A quotation.”</aside></article>`).text).toEqual(['Rags', 'By Ann', PROSE.trim(), '“A quotation.”'])
  })

  test('columns of links beside the words of an old page', () => {
    expect(read(`<body><table><tr><td>${menu(200)}</td><td><h1>Rags</h1><p>${PROSE.repeat(5)}</p><p>${PROSE.repeat(5)}</p></td></tr></table>`)).toMatchObject({
      text: ['Rags', PROSE.repeat(5).trim(), PROSE.repeat(5).trim()], dropped: { surroundings: 1 },
    })
  })
})

describe('a plain page loses nothing', () => {
  const all = (html: string) => readHtml(html).blocks.map(({ text }) => text)
  test.each<[string, string]>([
    ['words alone', `<h1>Rags</h1><p>${PROSE}</p>`],
    ['a list of links', `<h1>Links</h1>${menu(100)}`],
    ['links with descriptions', `<p>${PROSE.repeat(8)}</p><ul>${Array.from({ length: 100 }, (_, index) => `<li><a href="/">Link number ${index}</a> about the rag ${index}`).join('')}</ul>`],
    ['several articles', `<p>Welcome.</p><article><h2>One</h2><p>${PROSE}</p></article><article><h2>Two</h2><p>${PROSE}</p></article>`],
    ['an article that is only a teaser', `<p>${PROSE}</p><p>${PROSE}</p><article>Teaser</article>`],
    ['a main part that is only a stub', `<main></main><p>${PROSE}</p>`],
    ['a footer that holds most of it', `<p>Short.</p><footer><p>${PROSE}</p></footer>`],
    ['a dialog that is the page', `<div role="dialog"><p>${PROSE}</p></div>`],
    ['a recipe for cookies', `<div class="cookie-recipe"><p>${PROSE}</p></div><div class="menu">${PROSE}</div>`],
    ['a header with words', `<header><h1>Rags</h1><p>${PROSE}</p></header><p>More.</p>`],
    ['an aside with words', `<p>${PROSE}</p><aside><p>${PROSE}</p></aside>`],
    ['notes at the foot of an article', `<article><p>${PROSE}</p><footer><p>1. A note.</p></footer></article>`],
    ['nothing but a footer', '<footer>© 1899</footer>'],
  ])('%s', (_, html) => {
    expect(read(html).text).toEqual(all(html))
  })

  test('a page of fifty thousand main parts is read in time', () => {
    expect(read('<main><p>x</p></main>'.repeat(50_000)).text).toHaveLength(50_000)
  })
})
