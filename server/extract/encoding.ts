import { isUtf8 } from 'node:buffer'
import { analyse } from 'chardet'

/** chardet is quadratic in places and needs no more than this to decide. */
const SAMPLE_BYTES = 64 * 1024
/** Guesses this close to the best, of 100, are compared by how well they decode. */
const CLOSE_CONFIDENCE = 40
/** Decoded at a time: a 100 MB file never exists as one string. */
const SLICE_BYTES = 1024 * 1024

/** Name of a text's encoding for TextDecoder: byte order mark, then `declared`, then UTF-8 if valid, then a guess. */
export function detectEncoding(bytes: Uint8Array, declared?: string | null): string {
  const bom = byteOrderMark(bytes)
  if (bom) return bom
  const wide = unmarkedUtf16(bytes)
  if (wide) return wide
  if (isUtf8(bytes)) return 'utf-8'
  if (declared && isSupported(declared)) return declared
  return guess(bytes)
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

/** UTF-16 without a mark shows as Western text with a zero byte at every other place. */
export function unmarkedUtf16(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, 4096)
  if (sample.length < 4) return null
  const zeros = [0, 0]
  for (let index = 0; index < sample.length; index++) if (sample[index] === 0) zeros[index % 2]!++
  const half = sample.length / 2
  if (zeros[1]! > 0.6 * half && zeros[0]! < 0.02 * half) return 'utf-16le'
  if (zeros[0]! > 0.6 * half && zeros[1]! < 0.02 * half) return 'utf-16be'
  return null
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
