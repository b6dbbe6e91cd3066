import { setTimeout as delay } from 'node:timers/promises'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { UploadResult } from '../../../shared/schemas/documents.ts'

const REQUEST_MS = 30_000

/** `json` is sent as the JSON body. Every request ends after 30 s unless a signal of its own is given. */
export type RequestOptions = RequestInit & { json?: unknown }
export interface UploadFile { name: string, content: string | Uint8Array, type?: string }
export interface ServerEvent<T = unknown> { id: string | undefined, type: string, data: T }
export interface JsonAnswer<T> { status: number, headers: Headers, body: T }

/** Ragtime at an address, as its owner's browser sees it: wherever it runs, and whoever started it. */
export class Site {
  readonly url: string
  password: string
  #cookie = ''

  constructor(url: string, password: string) {
    this.url = url
    this.password = password
  }

  /** What helps to understand a failure; empty where nothing is known of the server. */
  protected context(): string {
    return ''
  }

  /** A request of the signed-in browser: its cookie and the headers a browser sends from a page of the same origin. */
  fetch(path: string, init: RequestOptions = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.#cookie && !headers.has('cookie')) headers.set('cookie', this.#cookie)
    if (!headers.has('sec-fetch-site')) headers.set('sec-fetch-site', 'same-origin')
    if (!headers.has('origin')) headers.set('origin', this.url)
    return this.anonymous(path, { ...init, headers })
  }

  /** A request with nothing added, as from a stranger's script. */
  anonymous(path: string, init: RequestOptions = {}): Promise<Response> {
    const { json, ...rest } = init
    const headers = new Headers(rest.headers)
    if (json !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
    return fetch(new URL(path, this.url), {
      redirect: 'manual',
      ...rest,
      headers,
      body: json === undefined ? rest.body : JSON.stringify(json),
      signal: rest.signal ?? AbortSignal.timeout(REQUEST_MS),
    })
  }

  /** `fetch` with the parsed body; the body of an empty answer is null. Does not throw on an error status. */
  async json<T = unknown>(path: string, init: RequestOptions = {}): Promise<JsonAnswer<T>> {
    const response = await this.fetch(path, init)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: (text === '' ? null : JSON.parse(text)) as T }
  }

  /** Uploads the files in one request. Throws unless they were taken (201). */
  async upload(files: UploadFile[], fields: Record<string, string> = {}): Promise<UploadResult> {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    for (const { name, content, type = 'application/octet-stream' } of files) {
      form.append('file', new File([content as BlobPart], name, { type }))
    }
    const { status, body } = await this.json<UploadResult>('/api/documents', { method: 'POST', body: form })
    if (status !== 201) throw new Error(`The upload was answered ${status}: ${JSON.stringify(body)}`)
    return body
  }

  /** Asks until the answer is truthy, and gives it. Throws after `timeoutMs`, naming `what` and the last log lines. */
  async waitFor<T>(
    probe: () => T | Promise<T>,
    { timeoutMs = 20_000, everyMs = 50, what = 'the condition' } = {},
  ): Promise<Exclude<NonNullable<T>, false>> {
    const end = Date.now() + timeoutMs
    for (;;) {
      const value = await probe()
      if (value) return value as Exclude<NonNullable<T>, false>
      if (Date.now() > end) throw new Error(`${what} did not come true within ${timeoutMs} ms.${this.context()}`)
      await delay(everyMs)
    }
  }

  /**
   * Follows an event stream; `data` is parsed. Leaving the loop ends the request. Throws when the whole of it takes
   * longer than `timeoutMs`, so that a test that waits for an event fails with a message.
   */
  async* events<T = unknown>(
    path: string,
    { lastEventId, timeoutMs = 60_000, signal }: { lastEventId?: string | number, timeoutMs?: number, signal?: AbortSignal } = {},
  ): AsyncGenerator<ServerEvent<T>> {
    const leave = new AbortController()
    const limit = AbortSignal.any([leave.signal, AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])])
    const headers: Record<string, string> = { accept: 'text/event-stream' }
    if (lastEventId !== undefined) headers['last-event-id'] = String(lastEventId)
    try {
      const response = await this.fetch(path, { headers, signal: limit })
      if (!response.ok || !response.body) throw new Error(`${path} was answered ${response.status}: ${await response.text()}`)
      const stream = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
      for await (const { id, event, data } of stream) {
        yield { id, type: event ?? 'message', data: JSON.parse(data) as T }
      }
    }
    finally {
      leave.abort()
    }
  }

  /** Signs in afresh, with the site's password unless another is given, and keeps the cookie. */
  async signIn(password = this.password): Promise<void> {
    const response = await this.anonymous('/api/auth/login', { method: 'POST', json: { password }, headers: { origin: this.url } })
    if (!response.ok) throw new Error(`Signing in was answered ${response.status}: ${await response.text()}${this.context()}`)
    this.#cookie = response.headers.getSetCookie().map(cookie => cookie.split(';')[0]!).join('; ')
  }

  /** The cookie header of the signed-in browser. */
  get cookie(): string {
    return this.#cookie
  }
}
