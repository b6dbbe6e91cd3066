/**
 * Measures the quality of what users get, without a key:
 *
 *     npm run eval                                  all sets that are there, one table; then sentences under their boxes
 *     npm run eval -- --sets samples                the quick one
 *     npm run eval -- --dump all.jsonl              what was wanted, found and cited, question by question
 *     npm run eval -- --compare default keyword=true
 *     npm run eval -- --write                       writes RESULTS.md, for all sets
 *     npm run eval -- boxes | ocr | corpora | --golden | --live [options]
 *
 * README.md in this folder tells what is measured, and how.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { compare } from './compare.ts'
import { measureSet, type SetResult } from './measure.ts'
import { writeResults } from './results.ts'
import { availableSets, SHARED_FOLDER } from './sets/index.ts'
import { SET_NAMES } from './sets/types.ts'
import { parseArguments, type MeasureOptions } from './support/arguments.ts'
import { writeDump } from './support/dump.ts'
import { parseSwitches } from './support/switches.ts'
import { markdownTable, PLAIN_SYSTEMS, tableRows } from './support/table.ts'

try {
  const args = process.argv.slice(2)
  const command = parseArguments(args)
  if (command.run === 'measure') {
    await measure(command.options)
    // Run without a word it measures all that takes minutes; the boxes are of files that lie beside the repository.
    if (args.length === 0 && existsSync(SHARED_FOLDER)) {
      console.log('\n== boxes\n')
      runPart('boxes', [])
    }
  }
  else {
    for (const { part, options } of command.parts) {
      if (command.parts.length > 1) console.log(`\n== ${part}\n`)
      runPart(part, options)
    }
  }
}
catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}

async function measure({ sets, settings, compare: sides, dump, stages, searchOnly, write }: MeasureOptions): Promise<void> {
  const available = availableSets()
  const missing = (sets ?? SET_NAMES).filter(name => !available.includes(name))
  if (missing.length > 0) {
    const sentence = `${missing.join(', ')}: the data is not beside the repository, in ../shared/eval.`
    if (sets || write) throw new Error(sentence)
    console.log(`Skipped: ${sentence}`)
  }
  const names = (sets ?? available).filter(name => available.includes(name))
  if (sides) {
    console.log(`\n${await compare(sides, names, { searchOnly, note: console.log })}`)
    return
  }
  const switches = parseSwitches(settings)
  const results: SetResult[] = []
  for (const name of names) results.push(...await measureSet(name, [switches], { searchOnly, note: console.log }))
  const systems = ['ragtime', ...Object.keys(PLAIN_SYSTEMS), ...stages ? stagesOf(results) : []]
  console.log(`\n${markdownTable(tableRows(results, systems), systems)}`)
  for (const { name, unmapped, withoutPassage, timings } of results) {
    const notes = [
      unmapped.of > 0 ? `${unmapped.passages} of ${unmapped.of} wanted passages not found in what was read` : '',
      withoutPassage > 0 ? `${withoutPassage} questions without a sentence that is known to answer` : '',
      `on this machine: searchable after ${timings.ingest.toFixed(1)} s, a search ${timings.search.toFixed(1)} ms (median)`,
    ]
    console.log(`${name}: ${notes.filter(note => note !== '').join('; ')}`)
  }
  if (dump) writeDump(dump, results.flatMap(({ questions }) => questions))
  if (write) writeResults(results)
}

function stagesOf(results: SetResult[]): string[] {
  return [...new Set(results.flatMap(({ questions }) => questions.flatMap(({ values }) => Object.keys(values))))].filter(system => system.startsWith('stage '))
}

/** Runs another program of this folder, which prints what it finds; its exit code becomes this one's: 2 says that it was called wrongly. */
function runPart(part: string, options: string[]): void {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${part}.ts`), ...options], { stdio: 'inherit' })
  if (status === 0) return
  if (status !== 2) console.error(`\nNot as it should be: ${part}`)
  process.exitCode = status ?? 1
}
