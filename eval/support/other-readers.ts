import { execFile, fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { OtherReader } from './other-reader.ts'

const LIMIT_MS = 20_000
const MAX_TEXT = 64 * 1024 * 1024

/** Reads files with pdf.js, mammoth and poppler, each within a time limit. Null: it could not, or took too long. */
export class OtherReaders {
  #child: ChildProcess | null = null

  async read(path: string, reader: OtherReader | 'poppler'): Promise<string | null> {
    return reader === 'poppler' ? poppler(path) : this.#ask(path, reader)
  }

  close(): void {
    this.#child?.kill('SIGKILL')
    this.#child = null
  }

  async #ask(path: string, reader: OtherReader): Promise<string | null> {
    const child = this.#child ??= fork(fileURLToPath(new URL('other-reader.ts', import.meta.url)), { stdio: 'ignore', execArgv: ['--max-old-space-size=1024'] })
    const { promise, resolve } = Promise.withResolvers<{ text: string | null, alive: boolean }>()
    const timer = setTimeout(() => resolve({ text: null, alive: false }), LIMIT_MS)
    child.once('message', text => resolve({ text: text as string | null, alive: true })).once('exit', () => resolve({ text: null, alive: false }))
    child.send({ path, reader })
    const { text, alive } = await promise
    clearTimeout(timer)
    child.removeAllListeners()
    if (!alive) this.close()
    return text
  }
}

function poppler(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('pdftotext', ['-enc', 'UTF-8', path, '-'], { timeout: LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: MAX_TEXT }, (error, text) => resolve(error ? null : text))
  })
}

/** Different words of three letters or more: what a search could find. Forms that only look different count as one. */
export function wordsOf(text: string): Set<string> {
  return new Set(text.normalize('NFKC').toLowerCase().match(/\p{L}{3,}/gu))
}
