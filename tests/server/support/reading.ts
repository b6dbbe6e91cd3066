import type { Document, UploadResult } from '../../../shared/schemas/documents.ts'
import type { Site } from './site.ts'

/** What became of an uploaded file: `rejected STATUS CODE`, `failed CODE` or `ready`. */
export interface Reading { outcome: string, message: string, document: Document | null, ms: number }

/** Longer than the limits of one document, and a turn in the queue. */
const READ_MS = 400_000

/** Uploads a file alone and waits for its end. */
export async function readFileWith(server: Site, name: string, content: Buffer | string): Promise<Reading> {
  const started = performance.now()
  const { status, body } = await uploadAs(server, name, Buffer.from(content))
  const [refused] = body.rejected
  if (refused) return { outcome: `rejected ${status} ${refused.code}`, message: refused.message, document: null, ms: performance.now() - started }
  const { id } = [...body.documents, ...body.duplicates][0]!
  const document = await server.waitFor(async () => {
    const { body } = await server.json<Document>(`/api/documents/${id}`)
    return body.status === 'ready' || body.status === 'failed' ? body : null
  }, { what: `the end of “${name}”`, timeoutMs: READ_MS, everyMs: 100 })
  const ms = performance.now() - started
  if (document.status === 'failed') return { outcome: `failed ${document.error!.code}`, message: document.error!.message, document, ms }
  return { outcome: 'ready', message: '', document, ms }
}

/** Uploads one file and gives the answer, whatever it is. */
export async function uploadAs(server: Site, name: string, content: Buffer): Promise<{ status: number, body: UploadResult }> {
  const form = new FormData()
  form.append('file', new File([content as BlobPart], name))
  return server.json<UploadResult>('/api/documents', { method: 'POST', body: form, signal: AbortSignal.timeout(120_000) })
}

export async function allDocuments(server: Site): Promise<Document[]> {
  const items: Document[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { body }: { body: { items: Document[], nextCursor: string | null } } = await server.json(`/api/documents?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    items.push(...body.items)
    cursor = body.nextCursor
  }
  return items
}
