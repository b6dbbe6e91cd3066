import { ExtractFailure } from '../failures.ts'
import { decodeQuotedPrintable, parseParameters, readHeaders, type Headers, type Parameterised } from './headers.ts'

/** Depth of parts within parts; forwarded mail stays under ten. */
const MAX_DEPTH = 30
/** Of one message and all that it holds. */
const MAX_PARTS = 2_000
/** One text of a message, unpacked. */
const MAX_TEXT_BYTES = 32 * 1024 * 1024

/** One part of a message, or the message itself: a range of the file. */
export interface Part {
  headers: Headers
  type: Parameterised
  disposition: Parameterised
  start: number
  end: number
  /** Of a multipart; empty otherwise. */
  children: Part[]
}

/** Counts the parts of one message. */
export interface Budget { left: number }

export const newBudget = (): Budget => ({ left: MAX_PARTS })

/** Reads heads and places of a message's parts (RFC 2046 §5.1). Nothing is decoded, and what lies beyond the bounds is not looked at. */
export function readPart(bytes: Buffer, start: number, end: number, budget: Budget, { depth = 0, fallback = 'text/plain' } = {}): Part {
  if (depth > MAX_DEPTH || --budget.left < 0) throw new ExtractFailure('too_complex')
  const { headers, body } = readHeaders(bytes, start, end)
  const type = parseParameters(headers.get('content-type') ?? fallback)
  const part: Part = { headers, type, disposition: parseParameters(headers.get('content-disposition')), start: body, end, children: [] }
  const boundary = type.parameters.get('boundary')
  if (type.value.startsWith('multipart/') && boundary) {
    const inner = { depth: depth + 1, fallback: type.value === 'multipart/digest' ? 'message/rfc822' : 'text/plain' }
    for (const [from, to] of split(bytes, body, end, boundary, budget.left)) part.children.push(readPart(bytes, from, to, budget, inner))
  }
  return part
}

/** Ranges between the lines of a boundary; a message that was cut off ends its last part. */
function split(bytes: Buffer, start: number, end: number, boundary: string, limit: number): [number, number][] {
  const mark = Buffer.from(`--${boundary}`, 'latin1')
  // Cut, so that a search never runs through the rest of a large file for each of its parts.
  bytes = bytes.subarray(0, end)
  const ranges: [number, number][] = []
  let from = -1
  for (let at = bytes.indexOf(mark, start); at >= 0; at = bytes.indexOf(mark, at + mark.length)) {
    if (at > start && bytes[at - 1] !== 0x0A) continue
    const newline = bytes.indexOf(0x0A, at)
    const next = newline < 0 ? end : newline + 1
    const rest = bytes.toString('latin1', at + mark.length, Math.min(next, at + mark.length + 80)).trim()
    if (rest !== '' && rest !== '--') continue
    // The line end before a boundary belongs to it.
    if (from >= 0) ranges.push([from, Math.max(from, at - (bytes[at - 2] === 0x0D ? 2 : 1))])
    if (ranges.length > limit) throw new ExtractFailure('too_complex')
    from = rest === '--' ? -1 : next
    if (from < 0) return ranges
  }
  if (from >= 0) ranges.push([from, end])
  return ranges
}

/** The bytes of a part's content without their transfer encoding (RFC 2045 §6). */
export function contentOf(bytes: Buffer, part: Part): Buffer {
  const raw = bytes.subarray(part.start, part.end)
  if (raw.length > MAX_TEXT_BYTES) throw new ExtractFailure('too_large')
  const encoding = part.headers.get('content-transfer-encoding')?.toLowerCase() ?? ''
  if (encoding.startsWith('base64')) return Buffer.from(raw.toString('latin1'), 'base64')
  return encoding.startsWith('quoted-printable') ? decodeQuotedPrintable(raw) : raw
}
