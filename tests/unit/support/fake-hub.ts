import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** Before a cut, or a client that is slow loses what had arrived with it. */
const READ_MS = 250

export const COMMIT = '0123456789abcdef0123456789abcdef01234567'

/** What becomes of the next request for a file whose name ends so. */
export interface HubFault {
  file: string
  do: { status: number, headers?: Record<string, string> } | { cutAfter: number } | { damage: true } | { stallAfter: number } | { whole: true }
}

export interface FakeHub {
  url: string
  requests: { path: string, headers: IncomingHttpHeaders }[]
  fail: (...faults: HubFault[]) => void
  close: () => Promise<void>
}

/**
 * Serves model folders as a hub does, over HTTP on 127.0.0.1: a listing with sizes and checksums, and files that are redirected to
 * another address where large, and can be gone on with from a byte.
 */
export async function startFakeHub(models: Record<string, string>, { listing = {} }: { listing?: Record<string, unknown> } = {}): Promise<FakeHub> {
  const requests: FakeHub['requests'] = []
  const faults: HubFault[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    requests.push({ path, headers: request.headers })
    const listed = /^\/api\/models\/([^/]+\/[^/?]+)\?blobs=true$/.exec(path)
    if (listed) return list(response, listed[1]!)
    const file = /^\/(?:cdn\/)?([^/]+\/[^/]+)\/resolve\/([0-9a-f]{40})\/(.+)$/.exec(path)
    const dir = file && models[file[1]!]
    if (!file || !dir || file[2] !== COMMIT) return void response.writeHead(404).end()
    if (!path.startsWith('/cdn/') && file[3]!.includes('.onnx')) return void response.writeHead(302, { location: `/cdn${request.url}` }).end()
    send(response, readFileSync(join(dir, file[3]!)), file[3]!, request.headers.range)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))

  function list(response: ServerResponse, id: string): void {
    const index = faults.findIndex(({ file }) => file === 'listing')
    const fault = index < 0 ? null : faults.splice(index, 1)[0]!.do
    if (fault && 'status' in fault) return void response.writeHead(fault.status, fault.headers).end('no')
    const dir = models[id]
    if (!dir) return void response.writeHead(401).end()
    const siblings = readdirSync(dir, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const { size } = statSync(path)
      const lfs = path.includes('.onnx') && { lfs: { sha256: createHash('sha256').update(readFileSync(path)).digest('hex'), size, pointerSize: 134 } }
      return { rfilename: path.slice(dir.length + 1), size, blobId: 'x', ...lfs }
    })
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id, sha: COMMIT, siblings, cardData: { license: 'mit' }, ...listing }))
  }

  function send(response: ServerResponse, content: Buffer, name: string, range: string | undefined): void {
    const index = faults.findIndex(({ file }) => name.endsWith(file))
    const fault = index < 0 ? null : faults.splice(index, 1)[0]!.do
    if (fault && 'status' in fault) return void response.writeHead(fault.status, fault.headers).end('no')
    const start = fault && 'whole' in fault ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    const body = fault && 'damage' in fault ? Buffer.alloc(content.length - start, 7) : content.subarray(start)
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': body.length, ...start > 0 && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } })
    if (fault && 'cutAfter' in fault) response.write(body.subarray(0, fault.cutAfter), () => setTimeout(() => response.destroy(), READ_MS))
    else if (fault && 'stallAfter' in fault) response.write(body.subarray(0, fault.stallAfter))
    else response.end(body)
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail: (...more) => void faults.push(...more),
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}
