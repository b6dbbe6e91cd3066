import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { getHeader, setResponseHeaders, type H3Event } from 'h3'

/**
 * A document is somebody else's content: whatever it holds, the browser must not take it for a page of ours.
 */
export function setContentHeaders(event: H3Event, mediaType: string): void {
  setResponseHeaders(event, {
    'content-type': mediaType,
    'content-security-policy': 'sandbox; default-src \'none\'',
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-cache',
  })
}

/** Attachment with a name for every browser (RFC 6266): plain ASCII for old ones, the real one in UTF-8 (RFC 8187). */
export function contentDisposition(filename: string): string {
  const ascii = filename.normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll(/[^\x20-\x7E]|["\\%]/g, '_')
  const encoded = encodeURIComponent(filename.toWellFormed()).replaceAll(/['()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}

/** Whether `If-None-Match` names the version that is here (RFC 9110 §13.1.2): a proxy that compresses weakens the tag it passes on. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').map(tag => tag.trim()).some(tag => tag === '*' || tag.replace(/^W\//, '') === etag)
}

/** The range a request asks for, unless it wants no content or that of another version (RFC 9110 §13.1.5, §14.2). */
export function askedRange(event: H3Event, etag: string): string | undefined {
  const ifRange = getHeader(event, 'if-range')
  return event.method === 'HEAD' || (ifRange && ifRange !== etag) ? undefined : getHeader(event, 'range')
}

export type ByteRange = { start: number, end: number }

/**
 * The one byte range a request asks for (RFC 9110 §14), `end` inclusive: null for the whole content, which is also the
 * answer to several ranges and to a header that makes no sense; `unsatisfiable` when it lies behind the end.
 */
export function parseByteRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return null
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 }
  }
  const start = Number(match[1])
  const end = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1)
  if (match[2] !== '' && Number(match[2]) < start) return null
  return start >= size ? 'unsatisfiable' : { start, end }
}

/** Sends a stream at the reader's pace and lets go of it when the reader leaves. */
export async function streamContent(event: H3Event, source: Readable): Promise<void> {
  event._handled = true
  await pipeline(source, event.node.res).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE' && !event.node.res.destroyed) throw error
  })
}
