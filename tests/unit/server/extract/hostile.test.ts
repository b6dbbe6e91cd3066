import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { plainReport } from '../../../../shared/utils/page-notes.ts'
import { createExtractor } from '../../../../server/extract/index.ts'
import { HOSTILE } from '../../../fixtures/hostile/index.ts'
import { manyPages } from '../../../fixtures/hostile/pdf.ts'
import { ENTRY, setUp } from './support/extract.ts'
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

/** Those that cost most; all of them go through the built server in tests/server/hostile.test.ts. */
const HEAVY = HOSTILE.filter(({ name }) => [
  'millions of operators.pdf', '200000 pages.pdf', 'nested forms.pdf', 'saved states.pdf', 'flat bomb.docx', 'millions of paragraphs.docx',
  'bomb that says 100 bytes.docx', '60000 entries.docx', 'elements inside each other.docx',
].includes(name))

describe('hostile documents end with a reason, while the server stays responsive', () => {
  test.each(HEAVY.map(hostile => [hostile.name, hostile] as const))('%s', { timeout: 60_000 }, async (name, { make, expect: outcome }) => {
    const bytes = make()
    let failure: unknown
    const stall = await longestStall(extract(bytes, name).catch((error: unknown) => {
      failure = error
    }))
    expect(failure).toMatchObject({ code: expect.any(String) as string, message: expect.stringMatching(/^[A-Z].+\.$/) as string })
    expect(`failed ${(failure as { code: string }).code}`).toMatch(outcome)
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
    ['whose text piles up marks', `say({ type: 'page', number: 1, label: null, text: 'e' + '\\u0323'.repeat(1_000_000) + '\\n\\n', width: null, height: null, blocks: [], flags: [], report: ${REPORT}, boxes: null })`, 'extractor_failed'],
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
  ])('%s ends with a reason', { timeout: 60_000 }, async (_, body, code) => {
    const entry = await makeProgram(folder, `
      const write = text => process.stdout.write(text) || new Promise(resolve => process.stdout.once('drain', resolve))
      const say = line => write(JSON.stringify(line) + '\\n')
      ${body}`)
    const extractor = createExtractor({ entry, limits: { memoryMb: 256, cpuSeconds: 3, wallMs: 10_000, outputBytes: 64 * 1024 * 1024 } })
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

  test('waits while the reader does: a slow reader is no slow document', { timeout: 60_000 }, async () => {
    const extractor = createExtractor({ entry: ENTRY, limits: { wallMs: 8_000 } })
    const text = 'A sentence of some length that fills pages.\n\n'.repeat(50_000)
    let pages = 0
    for await (const page of extractor.extract(await store(text, 'long.txt'), new AbortController().signal).pages) {
      if (page.number === 1) await new Promise(resolve => setTimeout(resolve, 10_000))
      pages++
    }
    await extractor.close()
    expect(pages).toBeGreaterThan(500)
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
