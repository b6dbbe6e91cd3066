import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { repository, runProgram } from '../../support/program.ts'

const PROGRAM = `
  import { createMiniLmEmbedder } from '${repository}server/embed/minilm.ts'
  const embedder = await createMiniLmEmbedder({ modelDir: '.model/all-MiniLM-L6-v2', entry: './server/embed/worker.ts', threads: 1 })
  const [vector] = await embedder.embed(['A rag.'], 'query')
  await embedder.close()
  console.log(vector.length)
`
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragtime-telemetry-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('the model runs without reporting to anybody: its runtime leaves no id and no queue of events in the home folder', async () => {
  const home = join(folder, 'home')
  mkdirSync(home)
  writeFileSync(join(folder, 'program.mjs'), PROGRAM)
  // Without CI, which silences the runtime as well.
  const { code, stdout, stderr } = await runProgram(process.execPath, [join(folder, 'program.mjs')], { env: { HOME: home } })
  expect(code, stderr).toBe(0)
  expect(stdout.trim()).toBe('384')
  expect(readdirSync(home, { recursive: true })).toEqual([])
})
