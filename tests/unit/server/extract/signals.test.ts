import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { createExtractor } from '../../../../server/extract/index.ts'

const entry = fileURLToPath(new URL('../../../../server/extract/child.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'ragtime-signals-'))
const path = join(folder, 'text.txt')
writeFileSync(path, 'It goes on and on. '.repeat(50_000))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Starts reading and sends the signal to the reader as soon as it is there. Gives what the reading ended with. */
async function signalReader(signal: NodeJS.Signals): Promise<unknown> {
  const extractor = createExtractor({ entry, limits: { wallMs: 4_000 } })
  try {
    const { pages } = extractor.extract({ path, mediaType: 'text/plain', filename: 'text.txt' }, new AbortController().signal)
    const ended = (async () => {
      for await (const _ of pages) void _
    })().then(() => 'read to its end', (error: unknown) => error)
    const read = (file: string) => {
      try {
        return readFileSync(file, 'latin1')
      }
      catch {
        return ''
      }
    }
    const find = () => readdirSync('/proc').find(pid => /\) \S (\d+) /.exec(read(`/proc/${pid}/stat`))?.[1] === String(process.pid) && read(`/proc/${pid}/cmdline`).includes(entry))
    let child = find()
    for (; !child; child = find()) await delay(2)
    process.kill(Number(child), signal)
    return await ended
  }
  finally {
    await extractor.close()
  }
}

it('a reader that is stopped is ended when its time is up', async () => {
  expect(await signalReader('SIGSTOP')).toMatchObject({ code: 'too_slow', status: 422 })
})

it('a reader that is killed from outside is not the fault of the document: another attempt may help', async () => {
  expect(await signalReader('SIGKILL')).toMatchObject({ code: 'killed', status: 503 })
})
