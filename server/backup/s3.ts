import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import { describeFetchError, readBounded, retryAfterMs } from '../utils/http-client.ts'
import { BackupError, type BucketSettings } from './types.ts'

export interface S3Limits {
  /** Files are sent and fetched in parts of this size, one in memory at a time. S3 asks for at least 5 MiB. */
  partBytes: number
  /** For one request, its body included. */
  requestMs: number
  attempts: number
  /** First wait where the service names none; it doubles. */
  backoffMs: number
  /** Longest wait. */
  maxWaitMs: number
}
const LIMITS: S3Limits = { partBytes: 8 * 1024 * 1024, requestMs: 120_000, attempts: 6, backoffMs: 500, maxWaitMs: 60_000 }
/** Of an answer that is kept in memory: a listing of 1,000 keys has about 400 kB. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024

export interface S3Object { key: string, bytes: number }

export interface S3 {
  putText: (key: string, text: string, signal?: AbortSignal) => Promise<void>
  /** Null when there is no such object. */
  getText: (key: string, signal?: AbortSignal) => Promise<string | null>
  putFile: (key: string, path: string, signal?: AbortSignal) => Promise<void>
  /** Fetches into a new file; throws when it exists. */
  getFile: (key: string, path: string, bytes: number, signal?: AbortSignal) => Promise<void>
  list: (prefix: string, signal?: AbortSignal) => Promise<S3Object[]>
  remove: (key: string, signal?: AbortSignal) => Promise<void>
}

interface Call { method: string, key?: string, query?: Record<string, string>, headers?: Record<string, string>, body?: Buffer, signal?: AbortSignal | undefined }
interface Answer { status: number, headers: Headers, body: Buffer }

/**
 * The few calls of the S3 API that backups need, against any service that speaks it. Every request is signed with the
 * checksum of its body, ends after a time, and is tried again after failures that may pass, as `Retry-After` says.
 *
 * Keys are ours: letters, digits, `.`, `-`, `_` and `/`. Calls throw BackupError, or the signal's reason.
 */
export function createS3(settings: BucketSettings, overrides: Partial<S3Limits> = {}): S3 {
  const limits = { ...LIMITS, ...overrides }
  const { accessKeyId, secretAccessKey, region, bucket } = settings
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 })
  const base = `${settings.endpoint.replace(/\/+$/, '')}/${bucket}`

  async function call({ method, key = '', query = {}, headers = {}, body, signal }: Call): Promise<Answer> {
    const url = `${base}${key === '' ? '' : `/${key}`}${Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : ''}`
    for (let attempt = 1; ; attempt++) {
      let problem: string
      let wait = Math.min(limits.maxWaitMs, limits.backoffMs * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2)
      try {
        const answer = await once(url, { method, headers, body, signal })
        if (answer.status < 300 || answer.status === 404) return answer
        problem = `${answer.status} ${errorCode(answer.body)}`
        if (answer.status < 500 && answer.status !== 429 && answer.status !== 408) throw failed(method, key, problem)
        wait = Math.min(limits.maxWaitMs, retryAfterMs(answer.headers) ?? wait)
      }
      catch (error) {
        signal?.throwIfAborted()
        if (error instanceof BackupError) throw error
        problem = describeFetchError(error)
      }
      if (attempt >= limits.attempts) throw failed(method, key, problem)
      await pause(wait, undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  }

  async function once(url: string, { method, headers, body, signal }: Pick<Call, 'method' | 'headers' | 'body' | 'signal'>): Promise<Answer> {
    const signed = await client.sign(url, {
      method,
      headers: { ...headers, 'x-amz-content-sha256': createHash('sha256').update(body ?? '').digest('hex') },
      ...body && { body: body as BodyInit },
    })
    const limit = AbortSignal.timeout(limits.requestMs)
    const response = await fetch(signed, { redirect: 'error', signal: signal ? AbortSignal.any([signal, limit]) : limit })
    return { status: response.status, headers: response.headers, body: await readBounded(response, Math.max(MAX_TEXT_BYTES, limits.partBytes)) }
  }

  async function putBuffer(key: string, body: Buffer, signal?: AbortSignal): Promise<void> {
    found(await call({ method: 'PUT', key, body, signal }), 'PUT', key)
  }

  async function putParts(key: string, file: FileHandle, bytes: number, signal?: AbortSignal): Promise<void> {
    const started = await call({ method: 'POST', key, query: { uploads: '' }, signal })
    const uploadId = found(started, 'POST', key).body.toString().match(/<UploadId>([^<]+)<\/UploadId>/)?.[1]
    if (!uploadId) throw failed('POST', key, 'no upload id')
    try {
      const tags: string[] = []
      for (let start = 0; start < bytes; start += limits.partBytes) {
        const body = await readPart(file, start, Math.min(limits.partBytes, bytes - start))
        const part = await call({ method: 'PUT', key, query: { partNumber: String(tags.length + 1), uploadId }, body, signal })
        const tag = found(part, 'PUT', key).headers.get('etag')
        if (!tag) throw failed('PUT', key, 'a part without ETag')
        tags.push(tag)
      }
      const list = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`).join('')
      const body = Buffer.from(`<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`)
      const done = found(await call({ method: 'POST', key, query: { uploadId }, body, signal }), 'POST', key)
      // It may fail after its head was sent as 200.
      if (done.body.includes('<Error>')) throw failed('POST', key, errorCode(done.body))
    }
    catch (error) {
      // Parts that nobody completes would be paid for for ever.
      await call({ method: 'DELETE', key, query: { uploadId } }).catch(() => {})
      throw error
    }
  }

  return {
    putText: (key, text, signal) => putBuffer(key, Buffer.from(text), signal),

    async getText(key, signal) {
      const answer = await call({ method: 'GET', key, signal })
      return answer.status === 404 ? null : answer.body.toString()
    },

    async putFile(key, path, signal) {
      const file = await open(path, 'r')
      try {
        const { size } = await file.stat()
        if (size > limits.partBytes) await putParts(key, file, size, signal)
        else await putBuffer(key, await readPart(file, 0, size), signal)
      }
      finally {
        await file.close()
      }
    },

    async getFile(key, path, bytes, signal) {
      const file = await open(path, 'wx', 0o600)
      try {
        for (let start = 0; start < bytes; start += limits.partBytes) {
          const end = Math.min(bytes, start + limits.partBytes)
          const answer = await call({ method: 'GET', key, headers: { range: `bytes=${start}-${end - 1}` }, signal })
          found(answer, 'GET', key)
          if (answer.body.length !== end - start) throw failed('GET', key, `${answer.body.length} bytes where ${end - start} were asked for`)
          await file.write(answer.body, 0, answer.body.length, start)
        }
        await file.sync()
      }
      finally {
        await file.close()
      }
    },

    async list(prefix, signal) {
      const objects: S3Object[] = []
      let token: string | undefined
      do {
        const query = { 'list-type': '2', prefix, ...token && { 'continuation-token': token } }
        const xml = found(await call({ method: 'GET', query, signal }), 'GET', prefix).body.toString()
        for (const [, entry] of xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
          objects.push({ key: unescapeXml(tagText(entry!, 'Key')), bytes: Number(tagText(entry!, 'Size')) })
        }
        token = tagText(xml, 'IsTruncated') === 'true' ? unescapeXml(tagText(xml, 'NextContinuationToken')) : undefined
      } while (token)
      return objects
    },

    async remove(key, signal) {
      await call({ method: 'DELETE', key, signal })
    },
  }

  function found(answer: Answer, method: string, key: string): Answer {
    if (answer.status === 404) throw failed(method, key, `404 ${errorCode(answer.body)}`)
    return answer
  }

  function failed(method: string, key: string, problem: string): BackupError {
    return new BackupError(`The bucket ${bucket} did not do ${method} ${key}: ${problem.trim()}`)
  }
}

async function readPart(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const part = Buffer.alloc(length)
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(part, done, length - done, start + done)
    if (bytesRead === 0) throw new BackupError('A file became shorter while it was sent.')
    done += bytesRead
  }
  return part
}

function errorCode(body: Buffer): string {
  return tagText(body.toString(), 'Code')
}

function tagText(xml: string, tag: string): string {
  return new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? ''
}

function unescapeXml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}
