import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startServer, type TestServer } from '../tests/server/support/server.ts'
import { copyOfOutput } from '../tests/server/support/output.ts'
import { uploadTexts } from '../tests/server/support/asking.ts'
import { startProduct } from '../tests/nginx/support/product.ts'

/**
 * Requests a second and waiting times of four kinds of request, through nginx and without it.
 *
 *   npm run build && apt-get install -y wrk && node bench/proxy.ts [seconds] [connections]
 *
 * Both servers run the whole time and each kind is measured with one right after the other, so that what else the
 * machine does meets both. wrk has a thread of its own, on the same machine.
 */
const seconds = Number(process.argv[2] ?? 10)
const connections = Number(process.argv[3] ?? 16)
const run = promisify(execFile)

interface Load { path: string, headers: Record<string, string> }

const alone = await startServer({ env: { RAGTIME_EMBEDDER: 'none' } })
const product = await startProduct()
const files = readdirSync(join(copyOfOutput().dir, 'public/_nuxt')).filter(name => name.endsWith('.js.br'))
const script = files.map(name => join(copyOfOutput().dir, 'public/_nuxt', name)).sort((a, b) => statSync(b).size - statSync(a).size)[0]!
try {
  for (const server of [alone, product.server]) await uploadTexts(server, { 'a.txt': 'A document about ragtime.', 'b.txt': 'Another one.' })
  const kinds: Record<string, (server: TestServer) => Load> = {
    [`static file (${Math.round(readFileSync(script).length / 1024)} kB, brotli)`]: () => ({ path: `/_nuxt/${script.split('/').at(-1)!.replace(/\.br$/, '')}`, headers: { 'Accept-Encoding': 'br' } }),
    'page for strangers (kept by nginx)': () => ({ path: '/login', headers: { Accept: 'text/html' } }),
    'rendered page, signed in': ({ cookie }) => ({ path: '/documents', headers: { Accept: 'text/html', Cookie: cookie } }),
    'JSON, signed in': ({ cookie }) => ({ path: '/api/documents', headers: { Cookie: cookie } }),
  }
  const rows: Record<string, object> = {}
  for (const [kind, load] of Object.entries(kinds)) {
    for (const [way, server] of [['without', alone], ['through nginx', product.server]] as const) {
      rows[`${kind}, ${way}`] = await measure(server.url, load(server))
    }
  }
  console.log(`${connections} connections, ${seconds} s each`)
  console.table(rows)
}
finally {
  await product.stop()
  await alone.stop()
}

/** @throws Error when an answer was not 2xx, or wrk is missing */
async function measure(url: string, { path, headers }: Load): Promise<object> {
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '30s', ...given, `${url}${path}`])
  if (/Non-2xx|Socket errors: (?!connect 0, read 0, write 0, timeout 0)/.test(stdout)) throw new Error(`${path} was not answered as it should:\n${stdout}`)
  const value = (pattern: RegExp) => pattern.exec(stdout)?.[1] ?? '?'
  return { 'requests/s': Math.round(Number(value(/Requests\/sec:\s+([\d.]+)/))), 'p50': value(/50%\s+(\S+)/), 'p99': value(/99%\s+(\S+)/) }
}
