import { describe, expect, test } from 'vitest'
import { extractMail, extractMailbox } from '../../../../server/extract/mail.ts'
import { decodeQuotedPrintable, decodeWords, parseParameters } from '../../../../server/extract/mail/headers.ts'
import { outline } from './support/extract.ts'
import { reader } from './support/read.ts'

const extract = reader(extractMail)
const extractBox = reader(extractMailbox)
const HEAD = ['From: =?utf-8?q?Ann_=C3=89tude?= <ann@example.org>', 'To: Ben <ben@example.org>,', '\tCy <cy@example.org>', 'Date: Mon, 1 Jan 2024 12:00:00 +0100', 'Subject: =?iso-8859-1?B?RulsZWU=?=', ' =?utf-8?Q?_party?=', 'MIME-Version: 1.0']
const HEAD_BLOCKS = ['heading1: Félee party', 'list_item1: From: Ann Étude <ann@example.org>', 'list_item1: To: Ben <ben@example.org>, Cy <cy@example.org>', 'list_item1: Date: Mon, 1 Jan 2024 12:00:00 +0100']
const message = (...rest: string[]) => [...HEAD, ...rest].join('\r\n')
const part = (type: string, body: string, ...fields: string[]) => [`Content-Type: ${type}`, ...fields, '', body].join('\r\n')
const multipart = (kind: string, ...parts: string[]) => {
  const boundary = `=_${kind}`
  return [`Content-Type: multipart/${kind};\r\n boundary="${boundary}"`, '', 'for old programs', ...parts.flatMap(text => [`--${boundary}`, text]), `--${boundary}--`, 'epilogue'].join('\r\n')
}

describe('e-mail', () => {
  test('has its subject as title and its fields before its text', async () => {
    const mail = await extract(message('', 'Dear Ben,', '', 'come at eight.', '', '> Shall we come', '> at seven?', 'No.', '-- ', 'Ann'), 'a.eml')
    expect(mail.title).toBe('Félee party')
    expect(mail.pages[0]!.label).toBe('Félee party')
    expect(outline(mail)).toEqual([...HEAD_BLOCKS, 'paragraph: Dear Ben,', 'paragraph: come at eight.', 'paragraph: Shall we come', 'paragraph: at seven?', 'paragraph: No.', 'paragraph: Ann'])
  })

  test('the HTML version is read where it says as much as the plain one', async () => {
    const plain = part('text/plain', 'Come at eight. Bring the rags.')
    const rich = part('text/html; charset=utf-8', '<p>Come at <b>eight</b>.</p><p style="display:none">preview</p><ul><li>Bring the rags.</ul>')
    const mail = await extract(message(multipart('alternative', plain, rich)), 'a.eml')
    expect(outline(mail).slice(4)).toEqual(['paragraph: Come at eight.', 'list_item1: Bring the rags.'])
    expect(mail.pages[0]!.report.hidden).toEqual([{ reason: 'markup', text: 'preview', characters: 7 }])
    const poor = await extract(message(multipart('alternative', plain, part('text/html', '<a>Open</a>'))), 'a.eml')
    expect(outline(poor).slice(4)).toEqual(['paragraph: Come at eight. Bring the rags.'])
  })

  test('attachments are listed and counted, not read; pictures of the text are counted', async () => {
    const mail = await extract(message(multipart('mixed',
      multipart('related', part('text/html', '<p>See the plan.</p>'), part('image/png', 'xxxx', 'Content-ID: <1>')),
      part('application/pdf', 'JVBERi0=', 'Content-Transfer-Encoding: base64', 'Content-Disposition: attachment; filename*0*=UTF-8\'\'r%C3%A9sum;', ' filename*1*=%C3%A9.pdf'),
      part('text/plain; name="notes.txt"', 'Secret notes', 'Content-Disposition: attachment'),
      part('text/plain', 'A footer of the list.'))), 'a.eml')
    expect(outline(mail).slice(4)).toEqual(['paragraph: See the plan.', 'paragraph: A footer of the list.', 'list_item1: Attachment: résumé.pdf', 'list_item1: Attachment: notes.txt'])
    expect(mail.pages[0]!.report.dropped).toEqual([{ kind: 'image', count: 1 }, { kind: 'attachment', count: 2 }])
  })

  test('a forwarded message stands on a page of its own', async () => {
    const inner = ['Content-Type: message/rfc822', '', 'From: Cy <cy@example.org>', 'Subject: Old news', '', 'It rained.'].join('\r\n')
    const mail = await extract(message(multipart('mixed', part('text/plain', 'See below.'), inner)), 'a.eml')
    expect(mail.pages.map(({ label }) => label)).toEqual(['Félee party', 'Old news'])
    expect(outline({ pages: mail.pages.slice(1) })).toEqual(['heading2: Old news', 'list_item1: From: Cy <cy@example.org>', 'paragraph: It rained.'])
  })

  test.each<[string, string, Buffer]>([
    ['iso-8859-2', '8bit', Buffer.from('Za\xBF\xF3\xB3\xE6 g\xEA\xB6l\xB1', 'latin1')],
    ['utf-8', 'base64', Buffer.from(Buffer.from('Zażółć gęślą').toString('base64').replace(/(.{5})/g, '$1\r\n'))],
    ['UTF-8', 'Quoted-Printable', Buffer.from('Za=C5=BC=C3=B3=C5=82=\r\n=C4=87 g=C4=99=C5=9Bl=C4=85')],
    ['utf-8', '7bit', Buffer.from('Zażółć gęślą')],
  ])('in %s as %s', async (charset, encoding, body) => {
    const head = message(`Content-Type: text/plain; charset=${charset}`, `Content-Transfer-Encoding: ${encoding}`, '', '')
    expect(outline(await extract(Buffer.concat([Buffer.from(head), body]), 'a.eml')).at(-1)).toBe('paragraph: Zażółć gęślą')
  })

  test('ISO-2022-JP, which looks like ASCII, is read as what it says it is', async () => {
    const head = message('Content-Type: text/plain; charset=ISO-2022-JP', '', '')
    expect(outline(await extract(`${head}\x1B$B$3$s$K$A$O\x1B(B`, 'a.eml')).at(-1)).toBe('paragraph: こんにちは')
  })

  test('lines that flow are joined', async () => {
    const mail = await extract(message('Content-Type: text/plain; format=flowed', '', 'One sentence that is ', 'broken here.', '> quoted ', '> words'), 'a.eml')
    expect(outline(mail).slice(4)).toEqual(['paragraph: One sentence that is broken here.', 'paragraph: quoted words'])
  })

  test('an encrypted one says so', async () => {
    await expect(extract(message(multipart('encrypted', part('application/pgp-encrypted', 'Version: 1'), part('application/octet-stream', '-----BEGIN PGP MESSAGE-----'))), 'a.eml')).rejects.toMatchObject({ code: 'encrypted_file' })
  })

  test('cut off in the middle it is read as far as it goes', async () => {
    const whole = message(multipart('mixed', part('text/plain', 'The beginning.'), part('text/plain', 'The end.')))
    expect((await extract(whole.slice(0, whole.indexOf('end.')), 'a.eml')).text).toContain('The beginning.\n\nThe\n\n')
  })

  test.each<[string, () => string, string]>([
    ['parts in parts', () => Array.from({ length: 500 }, (_, index) => `Content-Type: multipart/mixed; boundary=b${index}.\r\n\r\n--b${index}.\r\n`).join(''), 'too_complex'],
    ['half a million parts', () => `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(500_000)}`, 'too_complex'],
  ])('with %s fails with a reason', async (_, make, code) => {
    await expect(extract(message(make()), 'a.eml')).rejects.toMatchObject({ code })
  })

  test('with a hundred thousand fields, endless encoded words or messages in messages is read', async () => {
    expect((await extract(message(...Array.from({ length: 100_000 }, (_, index) => `X-${index}: y`), '', 'Words.'), 'a.eml')).text).toContain('Words.')
    expect((await extract(message(`Cc: ${'=?utf-8?q?=41?= '.repeat(100_000)}`, '', 'Words.'), 'a.eml')).text).toContain('Words.')
    const forwards = await extract(message('Content-Type: message/rfc822\r\n\r\n'.repeat(200), 'Words.'), 'a.eml')
    expect(forwards.pages.length).toBeLessThan(12)
  })
})

describe('a mailbox', () => {
  test('has a page for each message', async () => {
    const from = 'From ann@example.org Mon Jan  1 12:00:00 2024\n'
    const box = await extractBox(`${from}Subject: One\n\nFirst.\n\n>From here on.\n\n${from}Subject: Two\n\nFrom there\nto here.\n\nFrom the start.\n`, 'a.mbox')
    expect(box.pages.map(({ label, text }) => [label, text])).toEqual([
      ['One', 'One\n\nFirst.\n\nFrom here on.\n\n'], ['Two', 'Two\n\nFrom there\n\nto here.\n\nFrom the start.\n\n'],
    ])
    expect(box.title).toBeNull()
  })
})

describe('header fields', () => {
  test.each([
    ['=?utf-8?B?44GT44KT?= =?utf-8?B?44Gr44Gh44Gv?=', 'こんにちは'],
    ['=?utf-8?Q?=E3=81?= =?UTF-8?Q?=93?=', 'こ'],
    ['a =?us-ascii?q?b?= c', 'a b c'],
    ['=?koi8-r?B?8NLJ18XU?=', 'Привет'],
    ['=?unknown?q?x=20y?=', 'x y'],
    ['=?utf-8?x?abc?=', '=?utf-8?x?abc?='],
  ])('%s', (value, text) => expect(decodeWords(value)).toBe(text))

  test('parameters', () => {
    const { value, parameters } = parseParameters('Text/HTML; charset="utf-8"; name*=iso-8859-1\'en\'caf%E9.txt; x=a\\b; y="a;\\"b"')
    expect(value).toBe('text/html')
    expect(Object.fromEntries(parameters)).toEqual({ charset: 'utf-8', name: 'café.txt', x: 'a\\b', y: 'a;"b' })
  })

  test('quoted-printable keeps what is no code', () => {
    expect(decodeQuotedPrintable(Buffer.from('a=3Db=\r\nc=zz= \nd=')).toString()).toBe('a=bc=zzd')
  })
})
