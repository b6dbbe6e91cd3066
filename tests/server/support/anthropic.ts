import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type Anthropic from '@anthropic-ai/sdk'

/** A request as it came over the wire. */
export interface RecordedRequest {
  path: string
  headers: Record<string, string | string[] | undefined>
  body: Omit<Anthropic.MessageCreateParamsStreaming, 'system'> & { system?: string | Anthropic.TextBlockParam[] }
}

/** One thing the fake does while it streams an answer. */
export type Step
  = | { type: 'text', text: string, citations?: Anthropic.CitationsSearchResultLocation[] }
    | { type: 'thinking', thinking: string, signature: string }
    /** `json` is sent in the place of the input's JSON. */
    | { type: 'tool', name: string, input?: unknown, json?: string }
    /** Any other event as it is. */
    | { type: 'event', event: { type: string, [key: string]: unknown } }
    | { type: 'pause', ms: number }
    | { type: 'ping' }
    /** An `error` event in the middle of the stream, after which the API ends it. */
    | { type: 'error', errorType: string, message: string }
    /** Breaks the connection off. */
    | { type: 'cut' }
    /** Ends the response properly but without `message_stop`. */
    | { type: 'hangUp' }
    /** Says nothing more and keeps the connection open. */
    | { type: 'stall' }

export interface StreamReply {
  steps: Step[]
  stopReason?: Anthropic.StopReason
  usage?: Partial<Anthropic.Usage>
  /** The usage of `message_delta` alone, where the API leaves out the input's counts. */
  deltaUsage?: { output_tokens: number }
  /** What comes in the place of `message_stop`. */
  end?: 'cut' | 'hangUp' | 'stall'
  /** Breaks the connection off after so many bytes of the body. */
  cutAfter?: number
}
export interface ErrorReply { status: number, errorType: string, message?: string, headers?: Record<string, string> }
export type Reply = StreamReply | ErrorReply
export type Handler = (request: RecordedRequest) => Reply

export interface FakeAnthropic {
  url: string
  requests: RecordedRequest[]
  /** The replies to the next requests, in order; when they are used up, `quoteFirstSentence` answers. */
  next: (...replies: (Reply | Handler)[]) => void
  close: () => Promise<void>
}

/** All search results of a request in the order the API counts them. */
export function searchResults(body: RecordedRequest['body']): Anthropic.SearchResultBlockParam[] {
  const found: Anthropic.SearchResultBlockParam[] = []
  const walk = (content: unknown): void => {
    if (!Array.isArray(content)) return
    for (const block of content as { type: string, content?: unknown }[]) {
      if (block.type === 'search_result') found.push(block as Anthropic.SearchResultBlockParam)
      else if (block.type === 'tool_result') walk(block.content)
    }
  }
  for (const message of body.messages) walk(message.content)
  return found
}

/** A citation as the API makes it: `cited_text` is the text of the blocks joined. */
export function citationOf(body: RecordedRequest['body'], result: number, start: number, end = start + 1): Anthropic.CitationsSearchResultLocation {
  const block = searchResults(body)[result]!
  return {
    type: 'search_result_location', search_result_index: result, start_block_index: start, end_block_index: end,
    source: block.source, title: block.title, cited_text: block.content.slice(start, end).map(({ text }) => text).join(''),
  }
}

/** Repeats and cites the first sentence of the first search result; without any it says so. */
export function quoteFirstSentence({ body }: RecordedRequest): Reply {
  const first = searchResults(body)[0]
  if (!first) return { steps: [{ type: 'text', text: 'There is nothing about this in the documents.' }] }
  const citation = citationOf(body, 0, 0)
  return { steps: [{ type: 'text', text: 'According to the documents: ' }, { type: 'text', text: citation.cited_text, citations: [citation] }] }
}

/** Serves the Messages API's streaming protocol over HTTP on 127.0.0.1, so that the real SDK talks to it. */
export async function startFakeAnthropic(): Promise<FakeAnthropic> {
  const requests: RecordedRequest[] = []
  const queue: (Reply | Handler)[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as RecordedRequest['body']
      const recorded = { path: request.url ?? '', headers: request.headers, body }
      requests.push(recorded)
      const chosen = queue.shift() ?? quoteFirstSentence
      const reply = typeof chosen === 'function' ? chosen(recorded) : chosen
      void ('status' in reply ? sendError(response, reply) : streamReply(response, body, reply))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    next: (...replies) => void queue.push(...replies),
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

function sendError(response: ServerResponse, { status, errorType, message, headers }: ErrorReply): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_test', ...headers })
  response.end(JSON.stringify({ type: 'error', error: { type: errorType, message: message ?? errorType }, request_id: 'req_test' }))
}

let toolCalls = 0

async function streamReply(response: ServerResponse, body: RecordedRequest['body'], { steps, stopReason, usage, deltaUsage, end, cutAfter = Infinity }: StreamReply): Promise<void> {
  let sent = 0
  const send = (event: { type: string, [key: string]: unknown }) => {
    const bytes = Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    if (sent < cutAfter) response.write(bytes.subarray(0, cutAfter - sent))
    sent += bytes.length
    if (sent >= cutAfter) void breakOff(response)
  }
  const counted = { input_tokens: 100, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, ...usage }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_test' })
  send({
    type: 'message_start',
    message: { id: 'msg_test', type: 'message', role: 'assistant', model: body.model, content: [], stop_reason: null, stop_sequence: null, usage: { ...counted, output_tokens: 1 } },
  })
  let index = 0
  for (const step of steps) {
    if (response.destroyed) return
    switch (step.type) {
      case 'text':
        send({ type: 'content_block_start', index, content_block: { type: 'text', text: '', citations: step.citations ? [] : null } })
        // In pieces that respect nothing, as the real one's do.
        for (const text of step.text.match(/[\s\S]{1,7}/gu) ?? []) send({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } })
        for (const citation of step.citations ?? []) send({ type: 'content_block_delta', index, delta: { type: 'citations_delta', citation } })
        send({ type: 'content_block_stop', index: index++ })
        break
      case 'thinking':
        send({ type: 'content_block_start', index, content_block: { type: 'thinking', thinking: '', signature: '' } })
        send({ type: 'content_block_delta', index, delta: { type: 'thinking_delta', thinking: step.thinking } })
        send({ type: 'content_block_delta', index, delta: { type: 'signature_delta', signature: step.signature } })
        send({ type: 'content_block_stop', index: index++ })
        break
      case 'tool':
        send({ type: 'content_block_start', index, content_block: { type: 'tool_use', id: `toolu_${++toolCalls}`, name: step.name, input: {} } })
        for (const json of (step.json ?? JSON.stringify(step.input)).match(/[\s\S]{1,9}/gu) ?? []) send({ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: json } })
        send({ type: 'content_block_stop', index: index++ })
        break
      case 'event':
        send(step.event)
        if (step.event.type === 'content_block_stop') index++
        break
      case 'pause':
        await delay(step.ms)
        break
      case 'ping':
        send({ type: 'ping' })
        break
      case 'error':
        send({ type: 'error', error: { type: step.errorType, message: step.message } })
        response.end()
        return
      case 'cut':
        await breakOff(response)
        return
      case 'hangUp':
        response.end()
        return
      case 'stall':
        return
    }
  }
  const reason = stopReason ?? (steps.some(step => step.type === 'tool') ? 'tool_use' : 'end_turn')
  const final = deltaUsage ?? { ...counted, output_tokens: counted.output_tokens > 1 ? counted.output_tokens : 20 }
  send({ type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage: final })
  if (end === 'stall') return
  if (end === 'cut') {
    await breakOff(response)
    return
  }
  if (end !== 'hangUp') send({ type: 'message_stop' })
  if (cutAfter === Infinity) response.end()
}

/** What was written before has to reach the other side first. */
async function breakOff(response: ServerResponse): Promise<void> {
  await delay(20)
  response.destroy()
}
