/**
 * Measures the quality of what users get, without a key:
 *
 *     npm run build && npm run eval [-- part…]
 *
 * Parts: `boxes` (a sentence and the places on its page), `retrieval` and `xquad` (questions and their answers) by default; `ocr`
 * (recognised text) and `corpora` (odd documents through the built server) take some ten minutes each. A part can be run alone with
 * options of its own: see the head of its file.
 *
 *     npm run eval -- --live [options]
 *
 * measures answers by Claude with a real key instead: see live.ts.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const PARTS = { boxes: true, retrieval: true, xquad: true, ocr: false, corpora: false }
const isPart = (name: string): name is keyof typeof PARTS => Object.hasOwn(PARTS, name)

const asked = process.argv.slice(2)
if (asked.includes('--live')) {
  const options = asked.filter(name => name !== '--live')
  process.exit(spawnSync(process.execPath, [join(import.meta.dirname, 'live.ts'), ...options], { stdio: 'inherit' }).status ?? 1)
}
const unknown = asked.filter(name => !isPart(name))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}: name some of ${Object.keys(PARTS).join(', ')}.`)
  process.exit(2)
}
if (!existsSync(join(import.meta.dirname, '../../shared/eval'))) {
  console.log('Skipped: the evaluation data is not beside the repository, in ../shared/eval.')
  process.exit(0)
}
const parts = asked.length > 0 ? asked : Object.entries(PARTS).filter(([, usual]) => usual).map(([name]) => name)
const failed = parts.filter((part) => {
  console.log(`\n== ${part}\n`)
  return spawnSync(process.execPath, [join(import.meta.dirname, `${part}.ts`)], { stdio: 'inherit' }).status !== 0
})
if (failed.length > 0) console.error(`\nNot as it should be: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
