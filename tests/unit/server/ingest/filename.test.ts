import { describe, expect, it } from 'vitest'
import { cleanFilename, defaultTitle } from '../../../../server/ingest/filename.ts'

describe('cleanFilename', () => {
  it.each([
    ['rag.pdf', 'rag.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Music\\rag.pdf', 'rag.pdf'],
    ['a\u0000b\r\nc.txt', 'abc.txt'],
    ['rag\u202Efdp.exe', 'ragfdp.exe'],
    ['e\u0301te\u0301.md', 'été.md'],
    ['..', 'document'],
    ['', 'document'],
    ['\uD800.txt', '\uFFFD.txt'],
  ])('%j becomes %j', (name, clean) => {
    expect(cleanFilename(name)).toBe(clean)
  })

  it('shortens a long name and keeps its extension', () => {
    const clean = cleanFilename(`${'x'.repeat(400)}.docx`)
    expect(clean).toHaveLength(255)
    expect(clean.endsWith('x.docx')).toBe(true)
  })
})

describe('defaultTitle', () => {
  it.each([
    ['maple_leaf_rag.pdf', 'maple leaf rag'],
    ['.hidden', '.hidden'],
    ['archive.tar.gz', 'archive.tar'],
    ['No extension', 'No extension'],
    ['_.txt', '_.txt'],
  ])('%s → %s', (filename, title) => {
    expect(defaultTitle(filename)).toBe(title)
  })
})
