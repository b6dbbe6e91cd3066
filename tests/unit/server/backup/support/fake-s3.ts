import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { BucketSettings } from '../../../../../server/backup/types.ts'

/** What the fake does with a request instead of answering it. */
export type Fault
  = | { type: 'status', status: number, code?: string, headers?: Record<string, string> }
    /** Reads the request, then breaks the connection off. */
    | { type: 'cut' }
    /** Sends half of the answer's body and breaks off. */
    | { type: 'half' }
    /** Says nothing. */
    | { type: 'stall' }

export interface FakeRequest { method: string, key: string, query: Record<string, string>, range: string | undefined, bytes: number }

export interface FakeS3 {
  settings: BucketSettings
  objects: Map<string, Buffer>
  requests: FakeRequest[]
  /** Uploads in parts that were begun and neither completed nor aborted. */
  openUploads: () => number
  /** Asked before each request is answered; null lets it pass. */
  fault: (request: FakeRequest) => Fault | null
  close: () => Promise<void>
}

const ACCESS_KEY = 'AKIDEXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const BUCKET = 'ragtime-test'
/** Small, so that a list has several pages. */
const PAGE_KEYS = 3

/**
 * An S3-compatible service over HTTP on 127.0.0.1, in memory. It refuses what a real one refuses: a wrong signature (AWS
 * Signature Version 4, computed here on its own), a body that is not the signed one, an unknown upload.
 */
export async function startFakeS3(prefix = ''): Promise<FakeS3> {
  const objects = new Map<string, Buffer>()
  const uploads = new Map<string, Map<number, Buffer>>()
  const requests: FakeRequest[] = []
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const fake: FakeS3 = {
    settings: { endpoint: `http://127.0.0.1:${port}`, region: 'auto', bucket: BUCKET, prefix, accessKeyId: ACCESS_KEY, secretAccessKey: SECRET },
    objects, requests, openUploads: () => uploads.size, fault: () => null,
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
  return fake

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    const url = new URL(request.url!, `http://${request.headers.host}`)
    const key = decodeURIComponent(url.pathname.slice(BUCKET.length + 2))
    const query = Object.fromEntries(url.searchParams)
    const seen = { method: request.method!, key, query, range: request.headers.range, bytes: body.length }
    requests.push(seen)
    if (!url.pathname.startsWith(`/${BUCKET}`)) return refuse(response, 404, 'NoSuchBucket')
    const problem = signatureProblem(request, url, body)
    if (problem) return refuse(response, 403, problem)
    const fault = fake.fault(seen)
    if (fault?.type === 'stall') return
    if (fault?.type === 'cut') return void response.destroy()
    if (fault?.type === 'status') return refuse(response, fault.status, fault.code ?? 'InternalError', fault.headers)
    await answer(seen, body, response, fault?.type === 'half')
  }

  async function answer({ method, key, query, range }: FakeRequest, body: Buffer, response: ServerResponse, half: boolean): Promise<void> {
    if (method === 'GET' && key === '') return send(response, 200, list(query), half)
    if (method === 'POST' && 'uploads' in query) {
      const id = `upload-${requests.length}`
      uploads.set(id, new Map())
      return send(response, 200, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
    }
    if (query.uploadId !== undefined) {
      const upload = uploads.get(query.uploadId)
      if (!upload) return refuse(response, 404, 'NoSuchUpload')
      if (method === 'PUT') {
        upload.set(Number(query.partNumber), body)
        return send(response, 200, '', false, { etag: etag(body) })
      }
      uploads.delete(query.uploadId)
      if (method === 'DELETE') return send(response, 204, '')
      const listed = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)]
      const parts = listed.map(([, number, tag]) => ({ part: upload.get(Number(number)), tag }))
      // As S3 does it: the head says 200 before the parts are put together.
      if (parts.some(({ part, tag }) => !part || etag(part) !== tag)) return send(response, 200, '<Error><Code>InvalidPart</Code></Error>')
      objects.set(key, Buffer.concat(parts.map(({ part }) => part!)))
      return send(response, 200, '<CompleteMultipartUploadResult/>')
    }
    if (method === 'PUT') {
      objects.set(key, body)
      return send(response, 200, '', false, { etag: etag(body) })
    }
    if (method === 'DELETE') {
      objects.delete(key)
      return send(response, 204, '')
    }
    const object = objects.get(key)
    if (!object) return refuse(response, 404, 'NoSuchKey')
    const bounds = /^bytes=(\d+)-(\d+)$/.exec(range ?? '')
    return bounds
      ? send(response, 206, object.subarray(Number(bounds[1]), Number(bounds[2]) + 1), half)
      : send(response, 200, object, half)
  }

  function list(query: Record<string, string>): string {
    const keys = [...objects.keys()].filter(key => key.startsWith(query.prefix ?? '')).sort()
    const from = query['continuation-token'] === undefined ? 0 : keys.findIndex(key => key > query['continuation-token']!.replace('after &', ''))
    const page = keys.slice(from, from + PAGE_KEYS)
    const more = from + PAGE_KEYS < keys.length
    const contents = page.map(key => `<Contents><Key>${key}</Key><Size>${objects.get(key)!.length}</Size></Contents>`).join('')
    return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>after &amp;${page.at(-1)}</NextContinuationToken>` : ''}${contents}</ListBucketResult>`
  }
}

async function send(response: ServerResponse, status: number, body: string | Buffer, half = false, headers: Record<string, string> = {}): Promise<void> {
  const bytes = Buffer.from(body)
  response.writeHead(status, { ...headers, ...status !== 204 && { 'content-length': bytes.length } })
  if (!half) return void response.end(bytes)
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)))
  await pause(20)
  response.destroy()
}

function refuse(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): Promise<void> {
  return send(response, status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`, false, headers)
}

/** AWS Signature Version 4: what is wrong with the request's, or null. */
function signatureProblem(request: IncomingMessage, url: URL, body: Buffer): string | null {
  const header = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(request.headers.authorization ?? '')
  if (!header) return 'AccessDenied'
  const [, accessKey, day, region, signedHeaders, signature] = header as unknown as string[]
  if (accessKey !== ACCESS_KEY) return 'InvalidAccessKeyId'
  const payload = request.headers['x-amz-content-sha256'] as string
  if (payload !== createHash('sha256').update(body).digest('hex')) return 'XAmzContentSHA256Mismatch'
  const names = signedHeaders!.split(';')
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every(name => names.includes(name))) return 'SignatureDoesNotMatch'
  const time = request.headers['x-amz-date'] as string
  if (Math.abs(Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')) - Date.now()) > 15 * 60_000) return 'RequestTimeTooSkewed'
  const encode = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  const canonical = [
    request.method, url.pathname,
    [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join('&'),
    ...names.map(name => `${name}:${String(request.headers[name]).trim()}`), '', signedHeaders, payload,
  ].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${SECRET}`, day!), region!))
  return hmac(key, toSign).toString('hex') === signature ? null : 'SignatureDoesNotMatch'
}

function etag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}
