/**
 * Builds the sample documents that are not plain text from their sources in `samples/source/`.
 *
 *     node script/samples/build.ts
 *
 * The results are committed, so that nothing needs a browser at install time. Run it after changing a source;
 * `tests/unit/samples.test.ts` fails when a built file no longer says what its source says.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { markdownToDocx } from './docx.ts'
import { htmlToPdf } from './pdf.ts'

const samples = new URL('../../samples/', import.meta.url)
const at = (name: string) => fileURLToPath(new URL(name, samples))

const built: Record<string, () => Promise<Uint8Array>> = {
  'short-history-of-ragtime.pdf': () => htmlToPdf(at('source/short-history-of-ragtime.html')),
  'scott-joplin.docx': async () => markdownToDocx(await readFile(at('source/scott-joplin.md'), 'utf8')),
}

for (const [name, build] of Object.entries(built)) {
  const bytes = await build()
  await writeFile(at(name), bytes)
  console.log(`samples/${name}: ${Math.ceil(bytes.length / 1024)} kB`)
}
