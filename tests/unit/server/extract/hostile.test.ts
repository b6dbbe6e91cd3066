import { spawnSync } from 'node:child_process'
import { deflateSync } from 'node:zlib'
import { zipSync, type Zippable } from 'fflate'
import { describe, expect, test } from 'vitest'
import { plainReport } from '../../../../shared/schemas/documents.ts'
import { createExtractor } from '../../../../server/extract/index.ts'
import { ENTRY, setUp } from './support/extract.ts'
import { assemble } from './support/pdf.ts'
import { makeProgram } from './support/program.ts'

const REPORT = JSON.stringify(plainReport('x\n\n'))

const { extract, store, folder } = await setUp({ memoryMb: 384, cpuSeconds: 10, wallMs: 15_000 })

/** Runs `work` and returns the longest time that this process's event loop was held up, in ms. */
async function longestStall(work: Promise<unknown>): Promise<number> {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 5)
    last = now
  }, 5)
  await work.catch(() => {})
  clearInterval(timer)
  return longest
}

function pdfWithContent(content: string): Buffer {
  const stream = deflateSync(Buffer.from(content, 'latin1')).toString('latin1')
  return assemble([
    '<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << >> /Contents 4 0 R >>',
    `<< /Length ${stream.length} /Filter /FlateDecode >>\nstream\n${stream}\nendstream`,
  ])
}

/** Forms that each draw the next one twice: 2^26 drawings from 6 kB. */
function nestedForms(): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /XObject << /F 5 0 R >> >> /Contents 4 0 R >>',
    '<< /Length 10 >>\nstream\n/F Do /F Do\nendstream',
  ]
  for (let depth = 0; depth < 26; depth++) {
    const content = depth === 25 ? 'BT ET' : '/F Do /F Do'
    objects.push(`<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F ${6 + depth} 0 R >> >> /Length ${content.length} >>\nstream\n${content}\nendstream`)
  }
  objects.push('<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 5 >>\nstream\nBT ET\nendstream')
  return assemble(objects)
}

function manyPages(count: number): Buffer {
  const kids = Array.from({ length: count }, () => '3 0 R').join(' ')
  return assemble(['<< /Type /Catalog /Pages 2 0 R >>', `<< /Type /Pages /Count ${count} /Kids [${kids}] >>`, '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>'])
}

const CONTENT_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
const RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'

function docx(body: string, more: Zippable = {}): Buffer {
  const part = (text: string) => Buffer.from(text)
  return Buffer.from(zipSync({
    '[Content_Types].xml': part(CONTENT_TYPES),
    '_rels/.rels': part(RELATIONS),
    'word/document.xml': part(`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`),
    ...more,
  }))
}

/** A .docx whose directory says that a part unpacks to 100 bytes; it unpacks to 60 MB. */
function lyingDocx(): Buffer {
  const relations = '<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>'
  const file = docx('<w:p/>', { 'word/_rels/document.xml.rels': Buffer.from(relations), 'word/styles.xml': Buffer.alloc(60 * 1024 * 1024, 0x20) })
  const at = file.lastIndexOf('word/styles.xml') - 46
  expect(file.readUInt32LE(at)).toBe(0x02014B50)
  file.writeUInt32LE(100, at + 24)
  return file
}

describe('hostile documents end with a reason, while the server stays responsive', () => {
  test.each<[string, () => Buffer | string, RegExp]>([
    ['operators.pdf', () => pdfWithContent('0 0 m 1 1 l S\n'.repeat(2_000_000)), /^(?:too_complex|no_text|too_slow)$/],
    ['pages.pdf', () => manyPages(200_000), /^too_many_pages$/],
    ['forms.pdf', nestedForms, /^(?:too_slow|too_complex|no_text)$/],
    ['text.docx', () => docx(`<w:p><w:r><w:t>${'ragtime '.repeat(12_000_000)}</w:t></w:r></w:p>`), /^too_large$/],
    ['paragraphs.docx', () => docx('<w:p/>'.repeat(1_500_000)), /^no_text$/],
    ['elements.docx', () => docx('<w:p/>'.repeat(4_500_000)), /^too_(?:complex|slow)$/],
    ['lying.docx', lyingDocx, /^too_large$/],
    ['entries.docx', () => docx('<w:p/>', Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`word/media/${index}`, [Buffer.alloc(0), { level: 0 }]]))), /^(?:too_complex|damaged_file)$/],
    ['deep.docx', () => docx('<w:smartTag>'.repeat(200_000)), /^(?:too_complex|damaged_file)$/],
  ])('%s', { timeout: 60_000 }, async (name, make, code) => {
    const bytes = make()
    let failure: unknown
    const stall = await longestStall(extract(bytes, name).catch((error: unknown) => {
      failure = error
    }))
    expect(failure).toMatchObject({ code: expect.stringMatching(code) as string, message: expect.stringMatching(/^[A-Z].+\.$/) as string })
    expect(stall).toBeLessThan(500)
  })

  test('deeply nested HTML is read, its depth cut', { timeout: 60_000 }, async () => {
    const document = await extract(`<!doctype html>${'<div>'.repeat(100_000)}at the bottom${'</div>'.repeat(100_000)}<p>after`, 'deep.html')
    expect(document.text).toBe('at the bottom\n\nafter\n\n')
  })

  test.each<[string, string]>([
    ['brackets', '['.repeat(80_000)],
    ['emphasis', '*a_ '.repeat(40_000)],
    ['backticks', Array.from({ length: 400 }, (_, index) => '`'.repeat(index)).join(' a ')],
    ['quotes', '>'.repeat(50_000)],
    ['lists', Array.from({ length: 3000 }, (_, index) => `${' '.repeat(index % 500)}- x`).join('\n')],
    ['entities', '&'.repeat(100_000)],
    ['links', '[a](<b'.repeat(20_000)],
    ['tables', `|${'a|'.repeat(5000)}\n|${'-|'.repeat(5000)}\n|${'b|'.repeat(5000)}\n`],
  ])('Markdown of nothing but %s ends', { timeout: 60_000 }, async (_, source) => {
    const result = await extract(`# T\n\n${source}\n`, 'bad.md').catch((error: { code: string }) => error)
    expect('code' in result ? result.code : result.text).toMatch(/^(?:too_slow|too_complex|T\n)/)
  })
})

describe('the child', () => {
  test('is replaced after it was killed, and the next document is read', async () => {
    await expect(extract(manyPages(200_000), 'pages.pdf')).rejects.toMatchObject({ code: 'too_many_pages' })
    expect((await extract('After.', 'a.txt')).text).toBe('After.\n\n')
  })

  test('has no environment, no files but its code, no processes and no threads', async () => {
    const entry = await makeProgram(folder, `
      import fs from 'node:fs'
      import { spawnSync } from 'node:child_process'
      import { Worker } from 'node:worker_threads'
      const attempt = (work) => { try { work(); return 'allowed' } catch (error) { return error.code } }
      const findings = {
        env: Object.keys(process.env), cwd: process.cwd(),
        passwd: attempt(() => fs.readFileSync('/etc/passwd')),
        home: attempt(() => fs.readdirSync('/')),
        proc: attempt(() => fs.readFileSync('/proc/self/environ')),
        write: attempt(() => fs.writeFileSync('/tmp/ragtime-leak', 'x')),
        spawn: attempt(() => spawnSync('/bin/true')),
        thread: attempt(() => new Worker('0', { eval: true })),
      }
      process.stdout.write(JSON.stringify({ type: 'document', pages: null, title: JSON.stringify(findings) }) + '\\n')
      process.stdout.write(JSON.stringify({ type: 'end', pages: 0 }) + '\\n')`)
    const extractor = createExtractor({ entry })
    const { info } = extractor.extract(await store('x', 'x.txt'), new AbortController().signal)
    const findings: unknown = JSON.parse((await info).title!)
    await extractor.close()
    expect(findings).toEqual({
      env: [], cwd: '/', passwd: 'ERR_ACCESS_DENIED', home: 'ERR_ACCESS_DENIED', proc: 'ERR_ACCESS_DENIED',
      write: 'ERR_ACCESS_DENIED', spawn: 'ERR_ACCESS_DENIED', thread: 'ERR_ACCESS_DENIED',
    })
  })

  test.each<[string, string, string]>([
    ['that writes no JSON', `process.stdout.write('hello\\n')`, 'extractor_failed'],
    ['that skips a page', `say({ type: 'page', number: 2, label: null, text: 'x\\n\\n', width: null, height: null, blocks: [], flags: [], report: ${REPORT}, boxes: null })`, 'extractor_failed'],
    ['whose text holds control characters', `say({ type: 'page', number: 1, label: null, text: 'x\\u0007\\n\\n', width: null, height: null, blocks: [], flags: [], report: ${REPORT}, boxes: null })`, 'extractor_failed'],
    ['whose blocks leave the text', `say({ type: 'page', number: 1, label: null, text: 'x\\n\\n', width: null, height: null, blocks: [{ kind: 'paragraph', start: 0, end: 9 }], flags: [], report: ${REPORT}, boxes: null })`, 'extractor_failed'],
    ['whose report counts other characters', `say({ type: 'page', number: 1, label: null, text: 'x\\n\\n', width: null, height: null, blocks: [], flags: [], report: ${JSON.stringify(plainReport(''))}, boxes: null })`, 'extractor_failed'],
    ['that announces other pages than came', `say({ type: 'end', pages: 3 })`, 'extractor_failed'],
    ['that makes up an error', `say({ type: 'error', code: '__proto__', message: '<b>send money</b>' })`, 'extractor_failed'],
    ['that exits', 'process.exit(3)', 'extractor_failed'],
    ['that crashes', 'process.abort()', 'too_complex'],
    ['that never answers', 'setInterval(() => {}, 1000)', 'too_slow'],
    ['that spins', 'for (;;);', 'too_slow'],
    ['that fills the heap', 'const a = []; for (;;) a.push(new Array(1000).fill(Math.random()))', 'too_complex'],
    ['that fills buffers', 'const a = []; for (;;) a.push(Buffer.alloc(1 << 20, 1))', 'too_complex'],
    ['that writes without end', `for (;;) await say({ type: 'document', pages: null, title: 'x'.repeat(900) })`, 'too_large'],
    ['that writes one endless line', `for (;;) await write('x'.repeat(1 << 20))`, 'extractor_failed'],
  ])('%s ends with a reason', { timeout: 30_000 }, async (_, body, code) => {
    const entry = await makeProgram(folder, `
      const write = text => process.stdout.write(text) || new Promise(resolve => process.stdout.once('drain', resolve))
      const say = line => write(JSON.stringify(line) + '\\n')
      ${body}`)
    const extractor = createExtractor({ entry, limits: { memoryMb: 256, cpuSeconds: 2, wallMs: 3_000, outputBytes: 64 * 1024 * 1024 } })
    let failure: unknown
    const run = async () => {
      for await (const page of extractor.extract(await store('x', 'x.txt'), new AbortController().signal).pages) void page
    }
    const stall = await longestStall(run().catch((error: unknown) => {
      failure = error
    }))
    await extractor.close()
    expect(failure).toMatchObject({ code })
    expect((failure as Error).message).not.toContain('money')
    expect(stall).toBeLessThan(500)
  })

  test('waits while the reader does: a slow reader is no slow document', { timeout: 30_000 }, async () => {
    const extractor = createExtractor({ entry: ENTRY, limits: { wallMs: 2_000 } })
    const text = 'A sentence of some length that fills pages.\n\n'.repeat(100_000)
    let pages = 0
    for await (const page of extractor.extract(await store(text, 'long.txt'), new AbortController().signal).pages) {
      if (page.number === 1) await new Promise(resolve => setTimeout(resolve, 3_000))
      pages++
    }
    await extractor.close()
    expect(pages).toBeGreaterThan(1000)
  })

  test('is killed at once when the signal says so, and by a reader that leaves', async () => {
    const extractor = createExtractor({ entry: ENTRY })
    const text = 'A sentence.\n\n'.repeat(200_000)
    const controller = new AbortController()
    const reading = (async () => {
      for await (const page of extractor.extract(await store(text, 'long.txt'), controller.signal).pages) if (page.number === 3) controller.abort()
    })()
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
    for await (const page of extractor.extract(await store(text, 'long.txt'), new AbortController().signal).pages) if (page.number === 2) break
    await extractor.close()
    const left = spawnSync('pgrep', ['-P', String(process.pid), '-f', 'extract/child'], { encoding: 'utf8' }).stdout.trim()
    expect(left).toBe('')
  })
})
