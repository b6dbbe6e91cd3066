import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { BUILD_DATE } from './docx.ts'

const run = promisify(execFile)
const BROWSER_TIMEOUT_MS = 120_000

/** Prints an HTML file through Chromium (`CHROMIUM`, by default Debian's) to a tagged PDF with real text. */
export async function htmlToPdf(htmlPath: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'ragtime-samples-'))
  const output = join(folder, 'out.pdf')
  try {
    await run(process.env.CHROMIUM ?? '/usr/bin/chromium', [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run',
      `--user-data-dir=${join(folder, 'profile')}`,
      '--no-pdf-header-footer', '--export-tagged-pdf', '--generate-pdf-document-outline',
      `--print-to-pdf=${output}`, pathToFileURL(htmlPath).href,
    ], { timeout: BROWSER_TIMEOUT_MS })
    return withFixedDates(await readFile(output))
  }
  finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes the fixed day over the time of printing; the same number of bytes, so the table of offsets stays true. */
function withFixedDates(pdf: Uint8Array): Uint8Array {
  const stamp = BUILD_DATE.toISOString().replace(/\D/g, '').slice(0, 14)
  const bytes = Buffer.from(pdf)
  const text = bytes.toString('latin1').replace(/(\/(?:CreationDate|ModDate) \(D:)\d{14}/g, `$1${stamp}`)
  return new Uint8Array(Buffer.from(text, 'latin1'))
}
