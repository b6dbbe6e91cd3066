import { describe, expect, test } from 'vitest'
import { lines } from '../../../../server/extract/text.ts'
import { encode } from './support/encode.ts'
import { outline, setUp } from './support/extract.ts'

const { extract } = await setUp()

describe('plain text', () => {
  test.each<[string, Buffer]>([
    ['UTF-8', Buffer.from('Élan, naïve “words”.')],
    ['UTF-8 with a mark', Buffer.from('\uFEFFÉlan, naïve “words”.')],
    ['UTF-16, little end first', Buffer.from('\uFEFFÉlan, naïve “words”.', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\uFEFFÉlan, naïve “words”.', 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from('Élan, naïve “words”.', 'utf16le')],
    ['Windows 1252', Buffer.from('\xC9lan, na\xEFve \x93words\x94.', 'latin1')],
  ])('in %s', async (_, bytes) => {
    expect((await extract(bytes, 'a.txt')).text).toBe('Élan, naïve “words”.\n\n')
  })

  test('in an encoding that has to be guessed', async () => {
    const russian = 'Съешь же ещё этих мягких французских булок да выпей чаю. '
    const bytes = Buffer.from([...russian.repeat(5)].map((letter) => {
      const code = letter.codePointAt(0)!
      return code < 0x80 ? code : code === 0x451 ? 0xB8 : code - 0x410 + 0xC0
    }))
    expect((await extract(bytes, 'a.txt')).text).toContain('французских булок')
  })

  test('says what had to be guessed or mended', async () => {
    const report = async (bytes: Buffer) => (await extract(bytes, 'a.txt')).pages[0]!.report.repairs
    expect(await report(encode('Größere Städte hatten für jedes Café einen Klavierspieler.', 'windows-1252'))).toEqual([{ kind: 'read_as_windows_1252', count: 5 }])
    expect(await report(Buffer.from('\uFEFFab\uD800cd', 'utf16le'))).toEqual([{ kind: 'encoding', count: 1 }])
    expect(await report(Buffer.from('Größe: a\uFFFDb'))).toEqual([])
  })

  test('joins wrapped lines and keeps the breaks that were meant', async () => {
    const text = [
      'Scott Joplin was born in 1868 and moved to Sedalia, where he', 'studied at the George R. Smith College and played at the Maple', 'Leaf Club.', '',
      'Roses are red', 'Violets are blue', '', '1. First', '2. Second', '- Third',
    ].join('\r\n')
    expect(outline(await extract(text, 'a.txt'))).toEqual([
      'paragraph: Scott Joplin was born in 1868 and moved to Sedalia, where he studied at the George R. Smith College and played at the Maple Leaf Club.',
      'paragraph: Roses are red', 'paragraph: Violets are blue',
      'list_item1: 1. First', 'list_item1: 2. Second', 'list_item1: - Third',
    ])
  })

  test('of blanks and controls alone has no text', async () => {
    await expect(extract(' \n\t\n\u200B\n', 'a.txt')).rejects.toMatchObject({ code: 'no_text' })
  })

  test('lines survive any cut of the stream', () => {
    const text = 'one\r\ntwo\nthree\r\rfour\u2028five\n'
    for (let cut = 0; cut <= text.length; cut++) {
      expect([...lines([text.slice(0, cut), text.slice(cut)])].filter(Boolean)).toEqual(['one', 'two', 'three', 'four', 'five'])
    }
  })

  test('many documents in a row are served by one child', async () => {
    const started = performance.now()
    for (let index = 0; index < 100; index++) expect((await extract(`Document ${index}.`, 'a.txt')).text).toBe(`Document ${index}.\n\n`)
    // A fresh child costs at least 100 ms; a hundred of them would take 10 s.
    expect(performance.now() - started).toBeLessThan(8_000)
  })

  test('two at a time do not mix', async () => {
    const documents = await Promise.all(Array.from({ length: 6 }, (_, index) => extract(`Only ${index}. `.repeat(3000), 'a.txt')))
    for (const [index, { text }] of documents.entries()) expect(new Set(text.match(/\d/g))).toEqual(new Set([String(index)]))
  })
})
