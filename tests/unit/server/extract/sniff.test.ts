import { zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { setUp } from './support/extract.ts'

const { store } = await setUp()
const zip = (...names: string[]) => Buffer.from(zipSync(Object.fromEntries(names.map(name => [name, new Uint8Array(1)]))))
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')
const ole = (stream: string) => Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600), Buffer.from(stream, 'utf16le'), Buffer.alloc(100)])
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

describe('the type comes from the bytes', () => {
  test.each<[string, string, Buffer | string, string]>([
    ['a PDF named .txt', 'a.txt', '%PDF-1.4\n', 'application/pdf'],
    ['a PDF after other bytes', 'a', `${'\n'.repeat(900)}%PDF-1.4\n`, 'application/pdf'],
    ['a Word file named .pdf', 'a.pdf', zip('[Content_Types].xml', 'word/document.xml'), DOCX],
    ['a Word file whose main part has another name', 'a.docx', zip('[Content_Types].xml', 'word/document2.xml'), DOCX],
    ['a presentation', 'a.zip', zip('[Content_Types].xml', 'ppt/presentation.xml'), 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
    ['an OpenDocument text', 'a', Buffer.from(zipSync({ mimetype: Buffer.from('application/vnd.oasis.opendocument.text') })), 'application/vnd.oasis.opendocument.text'],
    ['an OpenDocument presentation', 'a', Buffer.from(zipSync({ mimetype: Buffer.from('application/vnd.oasis.opendocument.presentation') })), 'application/vnd.oasis.opendocument.presentation'],
    ['RTF named .doc', 'a.doc', '{\\rtf1 hello}', 'application/rtf'],
    ['HTML named .txt', 'a.txt', '\n<!-- hello -->\n<!DOCTYPE html><p>x', 'text/html'],
    ['HTML named .md', 'a.md', '<html><body>x', 'text/html'],
    ['XHTML', 'a', '<?xml version="1.0"?><html xmlns="x">', 'text/html'],
    ['a fragment of HTML', 'a.html', '<p>One</p>', 'text/html'],
    ['HTML in UTF-16', 'a', utf16('<!doctype html><p>x'), 'text/html'],
    ['Markdown that begins with an element', 'readme.md', '<p align="center">x</p>\n\n# T', 'text/markdown'],
    ['Markdown by its name', 'a.MARKDOWN', 'plain words', 'text/markdown'],
    ['text by its name', 'a.txt', '# looks like Markdown', 'text/plain'],
    ['text of no name', 'LICENSE', 'words', 'text/plain'],
    ['text in UTF-16', 'a.txt', utf16('words'), 'text/plain'],
    ['text in UTF-16 without a mark', 'a.txt', Buffer.from('some words', 'utf16le'), 'text/plain'],
    ['text in Latin 1', 'a.txt', Buffer.from('caf\xE9', 'latin1'), 'text/plain'],
    ['text with a stray control character', 'a.txt', `${'words '.repeat(10)}\u0001`, 'text/plain'],
    ['an EPUB', 'a.zip', zip('mimetype', 'META-INF/container.xml'), 'application/epub+zip'],
    ['a message', 'a', 'Return-Path: <a@example.org>\r\nFrom: a@example.org\r\nX-Long: one\r\n two\r\nSubject: Hello\r\n\r\nwords', 'message/rfc822'],
    ['a message named .txt', 'a.txt', 'Received: by b\nFrom: a@example.org\n\nwords', 'message/rfc822'],
    ['a message by its name', 'a.eml', 'Subject: Hello\n\nwords', 'message/rfc822'],
    ['a mailbox', 'a', 'From a@example.org Mon Jan  1 12:00:00 2024\nSubject: Hello\n\nwords', 'application/mbox'],
    ['a mailbox by its name', 'a.mbox', 'From a@example.org Mon Jan  1 12:00:00 2024\n\nwords', 'application/mbox'],
    ['text with a line like a field', 'a.txt', 'From: me\nTo: you\n\nwords', 'text/plain'],
    ['text that begins like a mailbox', 'a.txt', 'From Monday at 12:00 on\nwe were open.', 'text/plain'],
    ['an Excel file', 'a.bin', zip('[Content_Types].xml', 'xl/workbook.xml'), 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    ['an OpenDocument spreadsheet', 'a.zip', Buffer.from(zipSync({ mimetype: Buffer.from('application/vnd.oasis.opendocument.spreadsheet') })), 'application/vnd.oasis.opendocument.spreadsheet'],
    ['a table with commas', 'a.csv', 'a,b\n1,2\n', 'text/csv'],
    ['a table with tabs named .txt', 'a.txt', 'a\tb\n1\t2\n3\t4\n', 'text/tab-separated-values'],
    ['a table in UTF-16', 'a.txt', utf16('a\tb\n1\t2\n3\t4\n'), 'text/tab-separated-values'],
    ['HTML named .csv', 'a.csv', '<!doctype html><p>a,b', 'text/html'],
    ['a program that begins like a page', 'a.vue', '<script>\nconst a = 1\n</script>', 'text/plain'],
    ['a program with as many tabs in each line', 'a.go', 'a\tb\nc\td\ne\tf\n', 'text/plain'],
    ['a page that begins like a program', 'a.html', '<script>x</script><p>y</p>', 'text/html'],
    ['text that mentions a page', 'a.txt', 'See <html> for more', 'text/plain'],
  ])('%s', async (_, name, bytes, type) => {
    expect((await store(bytes, name)).mediaType).toBe(type)
  })
})

describe('what is not read is named', () => {
  test.each<[string, Buffer | string, string, RegExp]>([
    ['nothing', '', 'empty_file', /empty/],
    ['binary Excel', zip('[Content_Types].xml', 'xl/workbook.bin'), 'unsupported_type', /xlsb.*Ragtime reads PDF, Word/],
    ['a ZIP', zip('a.txt'), 'unsupported_type', /ZIP archive/],
    ['OpenDocument', Buffer.from(zipSync({ mimetype: Buffer.from('application/vnd.oasis.opendocument.graphics') })), 'unsupported_type', /ZIP archive/],
    ['a cut-off ZIP', zip('word/document.xml').subarray(0, 40), 'damaged_file', /damaged/],
    ['an encrypted Word file', ole('EncryptedPackage'), 'encrypted_file', /password/],
    ['old Word', ole('WordDocument'), 'unsupported_type', /old Word/],
    ['old Excel', ole('Workbook'), 'unsupported_type', /old Excel/],
    ['GIF', 'GIF89a....', 'unsupported_type', /GIF image/],
    ['gzip', Buffer.from('1f8b0800', 'hex'), 'unsupported_type', /gzip/],
    ['a program', Buffer.from('7f454c46020101', 'hex'), 'unsupported_type', /program/],
    ['bytes', Buffer.from(Array.from({ length: 999 }, (_, index) => (index * 7919) % 256)), 'unsupported_type', /binary file/],
  ])('%s', async (_, bytes, code, message) => {
    await expect(store(bytes, 'a.txt')).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
  })
})
