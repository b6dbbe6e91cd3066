import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/** Far above any secret. */
const MAX_LENGTH = 64 * 1024

/** Asks for a line without showing it; where standard input is no terminal, takes all of it, without the last line end. */
export async function readSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    let text = ''
    for await (const part of process.stdin.setEncoding('utf8')) {
      text += part as string
      if (text.length > MAX_LENGTH) throw new Error('the value is too long')
    }
    return text.replace(/\r?\n$/, '')
  }
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  process.stderr.write(question)
  try {
    return await terminal.question('')
  }
  finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
