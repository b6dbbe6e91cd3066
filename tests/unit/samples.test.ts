import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { init } from '@embedpdf/pdfium'
import { strFromU8, unzipSync } from 'fflate'
import MarkdownIt from 'markdown-it'
import { parse, type DefaultTreeAdapterTypes as Html } from 'parse5'
import { describe, expect, it } from 'vitest'

const folder = new URL('../../samples/', import.meta.url)
const path = (file: string) => fileURLToPath(new URL(file, folder))
const json = <T>(file: string) => JSON.parse(readFileSync(path(file), 'utf8')) as T

const manifest = json<{ file: string, title: string }[]>('manifest.json')
const questions = json<{ question: string, file?: string, expect?: string }[]>('questions.json')

/** Files of the folder that are not documents. */
const SUPPORT = ['manifest.json', 'questions.json', 'source']
/** A built file is a few pages of text; more than this is an accident. */
const MAX_BUILT_BYTES = 300 * 1024

/** Text of an HTML document's body, a space between elements. */
function htmlText(html: string): string {
  const walk = (node: Html.ChildNode): string => {
    if (node.nodeName === '#text') return (node as Html.TextNode).value
    return 'childNodes' in node && !['head', 'style'].includes(node.nodeName) ? ` ${node.childNodes.map(walk).join('')} ` : ''
  }
  return parse(html).childNodes.map(walk).join('')
}

/** Text of each page. The files are small, so PDFium's memory does not grow while `memory` is in use. */
async function pdfPages(bytes: Uint8Array): Promise<string[]> {
  const wasmBinary = readFileSync(fileURLToPath(import.meta.resolve('@embedpdf/pdfium/pdfium.wasm')))
  const pdfium = await init({ wasmBinary: wasmBinary.buffer.slice(wasmBinary.byteOffset, wasmBinary.byteOffset + wasmBinary.byteLength) as ArrayBuffer })
  pdfium.PDFiumExt_Init()
  // The type of the package leaves the memory out.
  const { wasmExports: { malloc }, HEAPU8: memory } = pdfium.pdfium as typeof pdfium.pdfium & { HEAPU8: Uint8Array }
  const data = malloc(bytes.length)
  memory.set(bytes, data)
  const document = pdfium.FPDF_LoadMemDocument(data, bytes.length, '')
  return Array.from({ length: pdfium.FPDF_GetPageCount(document) }, (_, index) => {
    const text = pdfium.FPDFText_LoadPage(pdfium.FPDF_LoadPage(document, index))
    const count = pdfium.FPDFText_CountChars(text)
    const buffer = malloc((count + 1) * 2)
    const written = pdfium.FPDFText_GetText(text, 0, count, buffer)
    return Buffer.from(memory.slice(buffer, buffer + Math.max(0, written - 1) * 2)).toString('utf16le')
  })
}

/** Text of a Word file that this project has built: the texts of its one story, a line each paragraph. */
function docxText(bytes: Uint8Array): string {
  const story = strFromU8(unzipSync(bytes)['word/document.xml']!)
  return story.replace(/<\/w:p>/g, '\n').replace(/<[^>]+>/g, '').replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: '\'' })[name]!)
}

async function plainText(file: string): Promise<string> {
  const bytes = readFileSync(path(file))
  if (file.endsWith('.pdf')) return (await pdfPages(bytes)).join('\n')
  if (file.endsWith('.docx')) return docxText(bytes)
  if (file.endsWith('.html')) return htmlText(bytes.toString('utf8'))
  if (file.endsWith('.md')) return htmlText(new MarkdownIt({ typographer: true, quotes: '“”‘’' }).render(bytes.toString('utf8')))
  return bytes.toString('utf8')
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
/** Where lines and columns break says nothing about what a text says. */
const letters = (text: string) => text.replace(/\s+/g, '')

describe('the sample documents', () => {
  it('are exactly what the manifest names', () => {
    const named = manifest.map(entry => entry.file)
    expect(new Set(named).size).toBe(named.length)
    for (const file of named) expect(existsSync(path(file)), file).toBe(true)
    expect(readdirSync(folder).filter(name => !SUPPORT.includes(name)).sort())
      .toEqual(named.filter(file => !file.startsWith('../')).sort())
  })

  it('come in every format, with the architecture among them', () => {
    const endings = manifest.map(entry => entry.file.split('.').at(-1))
    expect([...new Set(endings)].sort()).toEqual(['docx', 'html', 'md', 'pdf', 'txt'])
    expect(manifest.map(entry => entry.file)).toContain('../docs/architecture.md')
  })

  it.each(manifest)('$file opens with its title and ends with its sources', async ({ file, title }) => {
    const text = oneLine(await plainText(file))
    expect(text.slice(0, 200).toLowerCase()).toContain(title.toLowerCase())
    if (!file.startsWith('../')) expect(text.slice(-1_500)).toMatch(/Sources|SOURCES/)
  })

  it.each(['short-history-of-ragtime.pdf', 'scott-joplin.docx'])('%s is small and says what its source says', async (file) => {
    expect(statSync(path(file)).size).toBeLessThan(MAX_BUILT_BYTES)
    const source = file.endsWith('.pdf') ? `source/${file.replace('.pdf', '.html')}` : `source/${file.replace('.docx', '.md')}`
    const built = letters(await plainText(file))
    const said = (await plainText(source)).split(/ {2,}|\n/).map(letters).filter(part => part.length > 0)
    expect(said.length).toBeGreaterThan(40)
    for (const part of said) expect(built).toContain(part)
  })

  it('have a PDF of several pages, tagged, with two columns and a table', async () => {
    const bytes = readFileSync(path('short-history-of-ragtime.pdf'))
    const pages = await pdfPages(bytes)
    expect(pages.length).toBeGreaterThanOrEqual(4)
    expect(pages.length).toBeLessThanOrEqual(6)
    for (const page of pages) expect(page.length).toBeGreaterThan(500)
    expect(bytes.toString('latin1')).toContain('/StructTreeRoot')
  })
})

describe('the suggested questions', () => {
  it('are six, each about another document', () => {
    expect(questions).toHaveLength(6)
    expect(new Set(questions.map(entry => entry.file)).size).toBe(6)
    for (const { question } of questions) expect(question).toMatch(/^[A-Z].{10,80}\?$/)
  })

  it.each(questions)('$question', async ({ file, expect: answer }) => {
    expect(manifest.map(entry => entry.file)).toContain(file)
    expect(answer).toBeTruthy()
    expect(oneLine(await plainText(file!))).toContain(answer)
  })
})
