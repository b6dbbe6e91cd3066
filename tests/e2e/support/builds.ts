import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyOfOutput } from '../../server/support/output.ts'

let count = 0

/** A further build, as a deploy brings it: the same product under another build id. Returns the folder that holds it. */
export function otherBuild(): string {
  const root = mkdtempSync(join(tmpdir(), 'ragtime-other-build-'))
  execFileSync('cp', ['-al', copyOfOutput().dir, join(root, '.output')])
  const builds = join(root, '.output/public/_nuxt/builds')
  const { id } = JSON.parse(readFileSync(join(builds, 'latest.json'), 'utf8')) as { id: string }
  const other = id.replace(/^.{8}/, String(++count).padStart(8, '0'))
  const files = execFileSync('grep', ['-rlF', id, join(root, '.output')], { encoding: 'utf8' }).trim().split('\n')
  for (const file of files) {
    const text = readFileSync(file, 'utf8').replaceAll(id, other)
    // The copy shares its files with the build: what is written anew must be a file of its own.
    rmSync(file)
    writeFileSync(file, text)
  }
  for (const ending of ['json', 'json.gz', 'json.br']) {
    try {
      renameSync(join(builds, `meta/${id}.${ending}`), join(builds, `meta/${other}.${ending}`))
    }
    catch { /* small files have no compressed twins */ }
  }
  return root
}
