import { describe, expect, test } from 'vitest'
import { extractEpub } from '../../../../server/extract/epub.ts'
import { resolvePath } from '../../../../server/extract/epub/publication.ts'
import { makeEpub, zip } from './support/epub.ts'
import { outline } from './support/extract.ts'
import { reader } from './support/read.ts'

const extract = reader(extractEpub)
const encryption = (uri: string, algorithm: string) => `<encryption><EncryptedData><EncryptionMethod Algorithm="${algorithm}"/><CipherData><CipherReference URI="${uri}"/></CipherData></EncryptedData></encryption>`

describe.each([false, true])('EPUB (contents as NCX: %s)', (ncx) => {
  test('chapters begin pages, which have their names', async () => {
    const book = await extract(makeEpub(
      { 'b 2.xhtml': '<h1>One</h1><p>First.</p><h2 id="two">Two</h2><p>Second.</p>', 'a.xhtml': '<p>Third.</p>', 'z.xhtml': '<p>Goes on.</p>', 'four.xhtml': '<div>CHAPTER FOUR</div><p>Fourth.</p>' },
      [['Chapter One', 'b%202.xhtml'], ['Chapter Two', 'b%202.xhtml#two'], ['Chapter Three', 'a.xhtml'], ['Chapter four', 'four.xhtml']],
      { title: 'Rags &amp; Riches', ncx },
    ), 'book.epub')
    expect(book.title).toBe('Rags & Riches')
    expect(book.pages.map(({ label }) => label)).toEqual(['Chapter One', 'Chapter Two', 'Chapter Three', 'Chapter Three', 'Chapter four'])
    expect(outline(book)).toEqual([
      'heading1: One', 'paragraph: First.', 'heading2: Two', 'paragraph: Second.', 'heading1: Chapter Three', 'paragraph: Third.', 'paragraph: Goes on.',
      'heading1: CHAPTER FOUR', 'paragraph: Fourth.',
    ])
  })
})

describe('EPUB', () => {
  test('a heading that holds its own anchor stays whole, a missing anchor splits nothing', async () => {
    const book = await extract(makeEpub({ 'a.xhtml': '<p>Before.</p><h2>Chapter <a id="x"/>Ten</h2><p>Text.</p>' }, [['Chapter Ten', 'a.xhtml#x'], ['Lost', 'a.xhtml#nowhere']]), 'a.epub')
    expect(book.pages.map(({ label, text }) => [label, text])).toEqual([[null, 'Before.\n\n'], ['Chapter Ten', 'Chapter Ten\n\nText.\n\n']])
  })

  test('what is not text is left out and counted; what is hidden is kept apart', async () => {
    const book = await extract(makeEpub({ 'a.xhtml': '<script>x</script><img src="a.png"/><p>Seen.</p><p hidden="">Not <b>seen</b>.</p><aside>A note.</aside>' }, [['Start', 'a.xhtml']]), 'a.epub')
    expect(book.text).toBe('Start\n\nSeen.\n\nA note.\n\n')
    expect(book.pages[0]).toMatchObject({ flags: ['hidden_text'], report: { hidden: [{ reason: 'markup', text: 'Not seen.', characters: 9 }], dropped: [{ kind: 'script', count: 1 }, { kind: 'image', count: 1 }] } })
  })

  test('locked text is refused, scrambled fonts are not', async () => {
    const make = (uri: string, algorithm: string) => makeEpub({ 'a.xhtml': '<p>Words.</p>' }, [], { extra: { 'META-INF/encryption.xml': encryption(uri, algorithm) } })
    await expect(extract(make('OEBPS/text/a.xhtml', 'http://www.w3.org/2001/04/xmlenc#aes128-cbc'), 'a.epub')).rejects.toMatchObject({ code: 'encrypted_file' })
    expect((await extract(make('OEBPS/fonts/a.otf', 'http://www.idpf.org/2008/embedding'), 'a.epub')).text).toBe('Words.\n\n')
    expect((await extract(make('OEBPS/images/a.png', 'http://www.w3.org/2001/04/xmlenc#aes128-cbc'), 'a.epub')).text).toBe('Words.\n\n')
  })

  test('without a package document its files are read', async () => {
    expect((await extract(zip({ 'mimetype': 'application/epub+zip', 'a.html': '<p>One.</p>', 'b.html': '<p>Two.</p>' }), 'a.epub')).text).toBe('One.\n\nTwo.\n\n')
  })

  test('a spine that names a part a thousand times has it once', async () => {
    const parts = { 'mimetype': 'application/epub+zip', 'a.opf': `<package><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine>${'<itemref idref="a"/>'.repeat(1000)}</spine></package>`, 'a.xhtml': '<p>Once.</p>' }
    expect((await extract(zip(parts), 'a.epub')).text).toBe('Once.\n\n')
  })

  test('of pictures alone has no text', async () => {
    await expect(extract(makeEpub({ 'a.xhtml': '<img src="a.png"/>' }, [['Cover', 'a.xhtml']]), 'a.epub')).rejects.toMatchObject({ code: 'no_text' })
  })

  test('references stay in the archive', () => {
    expect(resolvePath('a/b/', '../../../etc/passwd')).toEqual({ path: 'etc/passwd', fragment: null })
    expect(resolvePath('a/b/', '/c/./d%20e.xhtml#f%20g')).toEqual({ path: 'c/d e.xhtml', fragment: 'f g' })
    expect(resolvePath('a/', '%E0%A4%A')).toEqual({ path: 'a/%E0%A4%A', fragment: null })
  })
})
