import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A folder to put first, or alone, on PATH with programs that note how they were called and answer what a test wants.
 *
 * @param programs by name: the rest of a shell script, after `$*` has been noted
 * @param links programs of the system that are to be found as well
 */
export function fakePrograms(programs: Record<string, string>, links: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'ragtime-fakes-'))
  const record = join(folder, 'calls')
  writeFileSync(record, '')
  for (const [name, answer] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nprintf '%s\\n' "${name} $*" >> '${record}'\n${answer}\n`, { mode: 0o755 })
  }
  for (const path of links) symlinkSync(path, join(folder, path.split('/').at(-1)!))
  return {
    folder,
    /** `name arguments` of every call, in order. */
    calls: () => readFileSync(record, 'utf8').split('\n').filter(Boolean),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
