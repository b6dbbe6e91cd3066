import { isUtf8 } from 'node:buffer'
import { analyse } from 'chardet'

/** chardet is quadratic in places and needs no more than this to decide. */
const SAMPLE_BYTES = 64 * 1024
/** Guesses this close to the best, of 100, are compared by how well they decode. */
const CLOSE_CONFIDENCE = 40
/** Decoded at a time: a 100 MB file never exists as one string. */
const SLICE_BYTES = 1024 * 1024

/** Name of a text's encoding for TextDecoder: see {@link detectText}. */
export function detectEncoding(bytes: Uint8Array, declared?: string | null): string {
  return detectText(bytes, declared).encoding
}

/** A text's encoding by its byte order mark, then by what its bytes alone can be, then as `declared`, then as a guess. */
export function detectText(bytes: Uint8Array, declared?: string | null): { encoding: string, isGuess: boolean } {
  const certain = byteOrderMark(bytes) ?? unmarkedUtf16(bytes) ?? escapedJapanese(bytes) ?? (isUtf8(bytes) ? 'utf-8' : null)
  if (certain) return { encoding: certain, isGuess: false }
  if (declared && isSupported(declared)) return { encoding: declared, isGuess: false }
  return { encoding: guess(bytes), isGuess: true }
}

/** Decodes slice by slice; bytes that are wrong in the encoding become U+FFFD. */
export function* decodeSlices(bytes: Uint8Array, encoding: string): Generator<string> {
  const decoder = new TextDecoder(encoding)
  for (let offset = 0; offset < bytes.length; offset += SLICE_BYTES) {
    yield decoder.decode(bytes.subarray(offset, offset + SLICE_BYTES), { stream: true })
  }
  yield decoder.decode()
}

export function decodeAll(bytes: Uint8Array, encoding: string): string {
  return new TextDecoder(encoding).decode(bytes)
}

export function byteOrderMark(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xEF && bytes[1] === 0xBB && bytes[2] === 0xBF) return 'utf-8'
  if (bytes[0] === 0xFF && bytes[1] === 0xFE) return 'utf-16le'
  if (bytes[0] === 0xFE && bytes[1] === 0xFF) return 'utf-16be'
  return null
}

/**
 * UTF-16 without a mark shows by zero bytes, which no other text has: the upper halves of letters in Western text, of
 * spaces and digits in any other, so all at odd or all at even places.
 */
export function unmarkedUtf16(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, 4096)
  if (sample.length < 4) return null
  const zeros = [0, 0]
  for (let index = 0; index < sample.length; index++) if (sample[index] === 0) zeros[index % 2]!++
  const half = sample.length / 2
  const [even = 0, odd = 0] = zeros
  if (odd > 0.6 * half && even < 0.02 * half) return 'utf-16le'
  if (even > 0.6 * half && odd < 0.02 * half) return 'utf-16be'
  if (Math.max(even, odd) < Math.max(3, 0.03 * half) || Math.min(even, odd) > 0) return null
  const encoding = odd > 0 ? 'utf-16le' : 'utf-16be'
  return looksWritten(decodeAll(sample.subarray(0, sample.length & ~1), encoding)) ? encoding : null
}

/** Letters, marks and spaces of one script or two; data that is read as text is something of everything. */
function looksWritten(text: string): boolean {
  const ordinary = text.match(/[\p{L}\p{M}\p{N}\p{P}\p{Zs}\n\r\t]/gu)?.length ?? 0
  const blocks = new Set(Array.from(text, letter => letter.codePointAt(0)! >> 8))
  return ordinary > 0.95 * text.length && (blocks.size <= 8 || /\p{Script=Han}/u.test(text))
}

/** ISO-2022-JP is ASCII with escapes to Japanese and back (RFC 1468). */
function escapedJapanese(bytes: Uint8Array): string | null {
  const sample = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SAMPLE_BYTES)).toString('latin1')
  const has = (escape: string, finals: string) => [...finals].some(final => sample.includes(`\x1B${escape}${final}`))
  return has('$', '@B') && has('(', 'BJ') ? 'iso-2022-jp' : null
}

function guess(bytes: Uint8Array): string {
  const sample = textSample(bytes)
  const matches = analyse(sample)
    .map(({ name, confidence }) => ({ name: name.toLowerCase() === 'iso-8859-1' ? 'windows-1252' : name.toLowerCase(), confidence }))
    // What is not valid UTF-8 and has no zero bytes is neither; ASCII has no bytes above 127.
    .filter(({ name }) => !/^(?:utf-(?:16|32)|ascii)/.test(name) && isSupported(name))
  // A guess that leaves holes in the text is worse than a slightly less likely one that does not.
  const holes = new Map(matches.map(({ name }) => [name, decodeAll(sample, name).split('\uFFFD').length - 1]))
  const [best] = matches.sort((a, b) => b.confidence - a.confidence)
  if (!best) return 'windows-1252'
  return matches.filter(({ confidence }) => confidence > best.confidence - CLOSE_CONFIDENCE)
    .sort((a, b) => holes.get(a.name)! - holes.get(b.name)! || b.confidence - a.confidence)[0]!.name
}

/** The part around the first bytes that are not ASCII says more than the first page of English. */
function textSample(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex(byte => byte >= 0x80)
  const start = Math.max(0, first - 1024)
  return bytes.subarray(start, start + SAMPLE_BYTES)
}

/** Whether this runtime decodes an encoding of this name. */
export function isSupported(encoding: string): boolean {
  try {
    return Boolean(new TextDecoder(encoding))
  }
  catch {
    return false
  }
}
