import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { RESULTS_FILE } from '../../../eval/results.ts'
import { readModelManifest } from '../../../server/embed/model.ts'
import { availableSets, readSet } from '../../../eval/sets/index.ts'
import { configuration } from '../../../eval/support/configuration.ts'

const page = readFileSync(RESULTS_FILE, 'utf8')
/** `name = value` lines of the page, after the heading of the configuration. */
const written = Object.fromEntries(page.split('## Configuration')[1]!.split('\n').filter(line => line.includes(' = ')).map(line => line.split(/ = (.*)/s).slice(0, 2)))
const AGAIN = 'run npm run eval -- --write'

describe('eval/RESULTS.md', () => {
  it('is about the configuration of this source', () => {
    expect(written, AGAIN).toEqual(configuration())
  })

  it('is about the sets that are there', async () => {
    for (const name of availableSets()) {
      const { checksums } = await readSet(name)
      for (const [file, sum] of Object.entries(checksums)) expect(page, `${file} has changed: ${AGAIN}`).toContain(`${sum}  ${file}`)
    }
  })

  it('names the version and the model that were measured', () => {
    const { version } = JSON.parse(readFileSync(fileURLToPath(new URL('../../../package.json', import.meta.url)), 'utf8')) as { version: string }
    expect(page, AGAIN).toContain(`Ragtime ${version},`)
    const model = fileURLToPath(new URL('../../../.model/all-MiniLM-L6-v2', import.meta.url))
    if (existsSync(model)) expect(page, AGAIN).toContain(`\`${readModelManifest(model).id}\``)
  })
})

describe('README.md', () => {
  it('gives the figures of that table and no others', () => {
    const rowsOf = (markdown: string) => markdown.split('\n').filter(line => line.startsWith('| ')).map(line => line.split('|').slice(1, -1).map(cell => cell.trim()))
    const readme = readFileSync(fileURLToPath(new URL('../../../README.md', import.meta.url)), 'utf8').split('### How well it works')[1]!.split('\n#')[0]!
    const measured = rowsOf(page)
    const shown = rowsOf(readme).slice(2)
    expect(shown.length).toBeGreaterThan(3)
    for (const [set, metric, ...figures] of shown) {
      const row = measured.find(cells => cells[0] === set && cells[1] === metric)
      expect(row, `${set}, ${metric}`).toBeDefined()
      const [, , ragtime, , fts5, vectors, , published] = row!
      expect(figures, `${set}, ${metric}`).toEqual([ragtime, fts5, vectors, published])
    }
  })
})

describe('the configuration', () => {
  it('holds the weights, patterns and tables that decide what is found and quoted, and no limits of time', () => {
    const names = Object.keys(configuration())
    expect(names).toEqual(expect.arrayContaining([
      'retrieval/options.ts DEFAULT_OPTIONS', 'answer/rank-sentences.ts BY_WORDS', 'answer/select-sentences.ts WORTH_QUOTING', 'ingest/chunk.ts MAX_CHUNK_TOKENS', 'db/migrations/0001_initial.sql chunks_fts',
    ]))
    expect(names.filter(name => name.startsWith('retrieval/')).length).toBeGreaterThan(8)
    expect(names.filter(name => /_MS$/.test(name))).toEqual([])
  })

  it('has each value as the source has it', () => {
    const source = readFileSync(fileURLToPath(new URL('../../../server/ingest/chunk.ts', import.meta.url)), 'utf8')
    expect(configuration()['ingest/chunk.ts MAX_CHUNK_TOKENS']).toBe(/MAX_CHUNK_TOKENS = (\d+)/.exec(source)![1])
  })
})
