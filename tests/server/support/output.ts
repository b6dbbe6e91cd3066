import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const built = fileURLToPath(new URL('../../../.output', import.meta.url))
let copy: { root: string, dir: string } | null = null

/**
 * A copy of the build in an empty folder outside the repository, made once a process.
 *
 * Inside the checkout Node would walk up to its node_modules and hide a file that the build lacks. Hard links make the
 * copy in a blink where both folders lie on one file system.
 */
export function copyOfOutput(): { root: string, dir: string } {
  if (copy && existsSync(copy.dir)) return copy
  if (!existsSync(join(built, 'server/index.mjs'))) {
    throw new Error('There is no build to test: run `npm run build` first, it makes .output.')
  }
  const root = mkdtempSync(join(tmpdir(), 'ragtime-output-'))
  const dir = join(root, '.output')
  try {
    execFileSync('cp', ['-al', built, dir], { stdio: 'ignore', timeout: 60_000 })
  }
  catch {
    execFileSync('cp', ['-aT', built, dir], { stdio: 'pipe', timeout: 60_000 })
  }
  copy = { root, dir }
  return copy
}

/** A port that nothing listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
