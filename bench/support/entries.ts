import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { BUNDLED_ENTRIES } from '../../server/utils/entries.ts'

const output = resolve(import.meta.dirname, '../../.output/server/entries')

/**
 * A program of the built product. Benches run what users run: from sources, a child spends half as long again on
 * stripping types and finding packages.
 */
export function builtEntry(name: keyof typeof BUNDLED_ENTRIES): string {
  const entry = join(output, `${name}.mjs`)
  if (existsSync(entry)) return entry
  console.error(`There is no ${entry}: run \`npm run build\` first.`)
  process.exit(1)
}
