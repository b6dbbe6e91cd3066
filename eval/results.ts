import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SetResult } from './measure.ts'
import { configuration } from './support/configuration.ts'
import { markdownTable, PLAIN_SYSTEMS, tableRows } from './support/table.ts'

export const RESULTS_FILE = fileURLToPath(new URL('RESULTS.md', import.meta.url))
const packageFile = fileURLToPath(new URL('../package.json', import.meta.url))

/** What `eval/RESULTS.md` says: the table, and everything it depends on. Times of this machine stand nowhere in it. */
export function resultsPage(sets: SetResult[], date: Date): string {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }
  const systems = ['ragtime', ...Object.keys(PLAIN_SYSTEMS)]
  return `# Results

Written by \`npm run eval -- --write\`; not to be edited. ${date.toISOString().slice(0, 10)}, Ragtime ${version}, Node.js ${process.versions.node},
SQLite and vectors as in \`package-lock.json\`, embedder \`${sets[0]!.embedderId ?? 'none'}\`, default configuration, no key.

Percentages, with the 95 % interval of a bootstrap over questions. Ragtime: documents uploaded, questions asked, as a user does. FTS5, vectors,
and both: the plain parts over the same chunks. Published figures are of others on the whole sets; here a part of each is
measured, so a few points either way say nothing. Of every question the documents that answer it are taken away and it is asked
again: that is what the rows about the unanswerable count. [README.md](README.md) tells what each row means.

${markdownTable(tableRows(sets, systems), systems)}

## Sets

${sets.map(({ name, documents, chunks, questions, unmapped, withoutPassage }) => `- ${name}: ${documents} documents, ${chunks} chunks, ${questions.length} questions`
  + `${unmapped.of > 0 ? `; ${unmapped.passages} of ${unmapped.of} wanted passages were not found in what was read, and count for nothing` : ''}`
  + `${withoutPassage > 0 ? `; ${withoutPassage} without a sentence that is known to answer, left out where one is wanted` : ''}.`).join('\n')}

\`\`\`
${sets.flatMap(({ checksums }) => Object.entries(checksums)).map(([file, sum]) => `${sum}  ${file}`).join('\n')}
\`\`\`

## Configuration

${configurationBlock()}
`
}

/** The constants that the figures depend on, as the page has them. */
export function configurationBlock(): string {
  return `\`\`\`\n${Object.entries(configuration()).map(([name, value]) => `${name} = ${value}`).join('\n')}\n\`\`\``
}

export function writeResults(sets: SetResult[]): void {
  writeFileSync(RESULTS_FILE, resultsPage(sets, new Date()))
}
