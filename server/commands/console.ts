import { existsSync } from 'node:fs'
import { start } from 'node:repl'
import { inspect } from 'node:util'
import { consoleNames } from './lib/console-names.ts'
import { runProgram } from './lib/program.ts'
import { commandSettings } from './lib/settings.ts'

const USAGE = `
Usage: script/console [--write] [-e CODE]

A prompt of JavaScript with the database and the domain's modules. Without --write nothing can be changed. Beside a running
server it sees and, with --write, changes the same data; change what the server is working on, and it may not notice.

  --write      opens the database for writing; use write(() => …) for a change, it takes the lock at once
  -e CODE      evaluates CODE, prints what it gives and ends; so does code on standard input. An expression gives its
               value, statements what they return; both may await
  --help       prints this

Names:
  db                           the connection (better-sqlite3): db.prepare('SELECT …').all()
  documents chunks pages jobs  server/db, one name a file: documents.listDocuments(db, { limit: 5 })
  chats messages runs citations traces feedback usage sessions settings vectors status
  search(question, options)    what an answer is made from, as in GET /api/search: await search('rag', { limit: 3 })
                               It loads the model (150 MB); { words: true } searches by words alone
  retrieval ingest             pure parts of both: retrieval.queryTerms('…'), ingest.segmentSentences('…')
`

/** Far above what anybody pipes into a prompt. */
const MAX_CODE = 1024 * 1024

await runProgram({
  name: 'console',
  usage: USAGE,
  options: { write: { type: 'boolean' }, eval: { type: 'string', short: 'e' } },
  async run({ write, eval: code }) {
    const settings = commandSettings()
    if (!existsSync(settings.databasePath)) throw new Error(`there is no database at ${settings.databasePath}: start the server once, or set RAGTIME_DATA_DIR`)
    const { names, close } = consoleNames(settings, { write: write ?? false })
    try {
      if (code !== undefined) await print(code, names)
      else if (process.stdin.isTTY) await converse(names, write ? 'ragtime (writes)> ' : 'ragtime> ')
      else await print(await readInput(), names)
      return 0
    }
    finally {
      await close()
    }
  },
})

async function print(code: string, names: Record<string, unknown>): Promise<void> {
  const value = await evaluate(code, names)
  if (value !== undefined) process.stdout.write(`${typeof value === 'string' ? value : inspect(value, { depth: 6, maxArrayLength: 200 })}\n`)
}

function evaluate(code: string, names: Record<string, unknown>): Promise<unknown> {
  const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...values: unknown[]) => Promise<unknown>
  const compile = (body: string) => new AsyncFunction(...Object.keys(names), body)
  let run: ReturnType<typeof compile>
  try {
    run = compile(`return (${code.trim().replace(/;+$/, '')}\n)`)
  }
  catch {
    run = compile(code) // No expression, so statements.
  }
  return run(...Object.values(names))
}

async function converse(names: Record<string, unknown>, prompt: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  process.stdout.write(`${USAGE.slice(USAGE.indexOf('Names:')).trim()}\n\n`)
  const repl = start({ prompt, useGlobal: false })
  Object.assign(repl.context, names)
  repl.once('exit', resolve)
  await promise
}

async function readInput(): Promise<string> {
  let code = ''
  for await (const part of process.stdin.setEncoding('utf8')) {
    code += part as string
    if (code.length > MAX_CODE) throw new Error('the code on standard input is too long')
  }
  return code
}
