import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHashEmbedder } from './hash-embedder.ts'

export interface EmbeddingsRequest {
  path: string
  headers: IncomingHttpHeaders
  body: { model: string, input: string[], input_type?: string, truncation?: boolean, dimensions?: number, output_dimension?: number, encoding_format?: string }
}
interface Item { index: number, embedding: unknown[], object?: string }

/** One thing the fake does instead of a right answer. */
export type EmbeddingsReply
  = | { status: number, headers?: Record<string, string>, body?: string }
    /** A right answer, changed. */
    | { change: (data: Item[]) => unknown }
    | { cut: true }
    | { delayMs: number }
    /** Never answers. */
    | { silent: true }

export interface FakeEmbeddings {
  /** Base address, as `RAGTIME_EMBEDDER_URL` takes it. */
  url: string
  requests: EmbeddingsRequest[]
  /** Most requests that were open at a time. */
  mostOpen: () => number
  /** How the next requests are answered, in order; then rightly. */
  next: (...replies: EmbeddingsReply[]) => void
  /** How every request is answered from now on where `next` says nothing; null: rightly. */
  always: (reply: EmbeddingsReply | null) => void
  close: () => Promise<void>
}

/** Speaks the embeddings API that OpenAI and Voyage share over HTTP on 127.0.0.1. A text's vector is that of the hash embedder, three times as long. */
export async function startFakeEmbeddings({ dimensions = 8, port = 0 }: { dimensions?: number, port?: number } = {}): Promise<FakeEmbeddings> {
  const requests: EmbeddingsRequest[] = []
  const queue: EmbeddingsReply[] = []
  let always: EmbeddingsReply | null = null
  let open = 0
  let mostOpen = 0
  const server = createServer((request, response) => {
    mostOpen = Math.max(mostOpen, ++open)
    response.once('close', () => open--)
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as EmbeddingsRequest['body']
      requests.push({ path: request.url ?? '', headers: request.headers, body })
      void answer(response, body, queue.shift() ?? always)
    })
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))

  async function answer(response: ServerResponse, body: EmbeddingsRequest['body'], reply: EmbeddingsReply | null): Promise<void> {
    if (reply && 'status' in reply) {
      // As services do: what they were sent stands in what they say.
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
      response.end(reply.body ?? JSON.stringify({ error: { message: `Refused: ${JSON.stringify(body.input)}` } }))
      return
    }
    if (reply && 'silent' in reply) return
    if (reply && 'delayMs' in reply) await new Promise(resolve => setTimeout(resolve, reply.delayMs))
    const embedder = createHashEmbedder({ dimensions: body.dimensions ?? body.output_dimension ?? dimensions })
    const vectors = await embedder.embed(body.input, 'document')
    const data: Item[] = vectors.map((vector, index) => ({ object: 'embedding', index, embedding: [...vector].map(value => value * 3) }))
    const json = JSON.stringify({ object: 'list', model: body.model, data: reply && 'change' in reply ? reply.change(data) : data, usage: { total_tokens: 1 } })
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) })
    if (reply && 'cut' in reply) response.write(json.slice(0, json.length / 2), () => response.destroy())
    else response.end(json)
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    mostOpen: () => mostOpen,
    next: (...replies) => void queue.push(...replies),
    always: (reply) => {
      always = reply
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}
