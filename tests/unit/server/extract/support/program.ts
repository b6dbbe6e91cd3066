import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Writes a program that stands in for the child, alone in a folder, as the bundled one is. */
export async function makeProgram(folder: string, source: string): Promise<string> {
  const entry = join(await mkdtemp(join(folder, 'program-')), 'program.mjs')
  await writeFile(entry, source)
  return entry
}
