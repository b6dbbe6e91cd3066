import { decodeAll, detectEncoding, isSupported } from '../encoding.ts'

const NEWLINE = 0x0A
const RETURN = 0x0D
/** Of one message's head this much is looked at; honest ones stay under 64 kB. */
const MAX_HEAD_BYTES = 256 * 1024
const MAX_VALUE = 16 * 1024
/** An encoded word and those that follow it with nothing but white space between (RFC 2047 §6.2). */
const ENCODED_WORDS = /=\?[\w.:+-]{1,40}(?:\*[\w-]{1,20})?\?[bq]\?[^?\n]{0,998}\?=(?:\s{0,10}=\?[\w.:+-]{1,40}(?:\*[\w-]{1,20})?\?[bq]\?[^?\n]{0,998}\?=)*/gi
const ENCODED_WORD = /=\?([\w.:+-]{1,40})(?:\*[\w-]{1,20})?\?([bq])\?([^?\n]{0,998})\?=/gi

/** A value with parameters, such as that of Content-Type. */
export interface Parameterised { value: string, parameters: ReadonlyMap<string, string> }

/** Header fields (RFC 5322 §2.2) by lower-case name, unfolded and not decoded; the first of a name counts. */
export type Headers = ReadonlyMap<string, string>

/** The fields from `start` on, and where the body begins. */
export function readHeaders(bytes: Buffer, start: number, end: number): { headers: Headers, body: number } {
  const body = bodyStart(bytes.subarray(0, end), start, end)
  const headers = new Map<string, string>()
  const head = decodeHead(bytes.subarray(start, Math.min(body, start + MAX_HEAD_BYTES)))
  for (const line of head.replace(/\r\n?/g, '\n').replace(/\n(?=[ \t])/g, '').split('\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase()
    if (name && !headers.has(name)) headers.set(name, line.slice(colon + 1, colon + 1 + MAX_VALUE).trim())
  }
  return { headers, body }
}

/** After the first empty line. */
function bodyStart(bytes: Buffer, start: number, end: number): number {
  let line = start
  while (line < end) {
    const newline = bytes.indexOf(NEWLINE, line)
    const next = newline < 0 ? end : newline + 1
    if (bytes[line] === NEWLINE || (bytes[line] === RETURN && next - line <= 2)) return next
    line = next
  }
  return end
}

/** Fields are ASCII by the book, UTF-8 in newer mail (RFC 6532) and anything in old mail. */
function decodeHead(head: Buffer): string {
  return decodeAll(head, detectEncoding(head))
}

/** A field as a person reads it: encoded words (RFC 2047) decoded. */
export function decodeWords(value: string): string {
  return value.replace(ENCODED_WORDS, (run) => {
    let text = ''
    let charset = ''
    let bytes: Buffer[] = []
    const take = () => {
      const whole = Buffer.concat(bytes)
      text += decodeAll(whole, charsetOf(charset, whole))
      bytes = []
    }
    // A character may be split over two words.
    for (const [, name = '', encoding = '', data = ''] of run.matchAll(ENCODED_WORD)) {
      if (bytes.length > 0 && name.toLowerCase() !== charset) take()
      charset = name.toLowerCase()
      bytes.push(encoding.toLowerCase() === 'b' ? Buffer.from(data, 'base64') : decodeQuotedPrintable(Buffer.from(data.replaceAll('_', ' '), 'latin1')))
    }
    take()
    return text
  })
}

/** Value and parameters (RFC 2045 §5.1), also those that are encoded or continued (RFC 2231). Names are lower-case. */
export function parseParameters(header: string | undefined): Parameterised {
  const text = header ?? ''
  const value = text.split(';', 1)[0]!.trim().toLowerCase()
  const parts = new Map<string, { order: number, text: string, isEncoded: boolean }[]>()
  for (const [, name = '', quoted, bare] of text.matchAll(/;\s{0,100}([\w!#$%&'+.^`|~-]{1,60}(?:\*\d{0,3}){0,2}\*?)\s{0,20}=\s{0,20}(?:"((?:[^"\\]|\\.){0,2000})"|([^;\s]{0,2000}))/g)) {
    const [base = '', order = '0'] = name.toLowerCase().split('*')
    const list = parts.get(base) ?? []
    list.push({ order: Number(order) || 0, text: quoted === undefined ? bare ?? '' : quoted.replace(/\\(.)/g, '$1'), isEncoded: name.endsWith('*') })
    parts.set(base, list)
  }
  return { value, parameters: new Map([...parts].map(([name, list]) => [name, joinSegments(list)])) }
}

function joinSegments(list: { order: number, text: string, isEncoded: boolean }[]): string {
  const segments = list.sort((a, b) => a.order - b.order)
  if (!segments[0]!.isEncoded) return decodeWords(segments.map(({ text }) => text).join(''))
  const charset = /^([^']{0,40})'[^']{0,40}'/.exec(segments[0]!.text)
  const bytes = Buffer.concat(segments.map(({ text, isEncoded }, index) => {
    const plain = index === 0 && charset ? text.slice(charset[0].length) : text
    return isEncoded ? decodePercent(plain) : Buffer.from(plain, 'utf8')
  }))
  return decodeAll(bytes, charsetOf(charset?.[1] ?? '', bytes))
}

function decodePercent(text: string): Buffer {
  return Buffer.from(text.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))), 'latin1')
}

/** The encoding that a charset names, else the one that the bytes look like. */
export function charsetOf(name: string, bytes: Uint8Array): string {
  return /^(?:iso-2022|hz-)/i.test(name) && isSupported(name) ? name : detectEncoding(bytes, name)
}

/** RFC 2045 §6.7. What is no valid code stays as it is. */
export function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte !== 0x3D) {
      out[length++] = byte
      continue
    }
    const code = Number.parseInt(bytes.toString('latin1', at + 1, at + 3), 16)
    if (/^[\da-f]{2}$/i.test(bytes.toString('latin1', at + 1, at + 3))) {
      out[length++] = code
      at += 2
      continue
    }
    // A break that the sender's line length made: blanks may follow the sign.
    let next = at + 1
    while (bytes[next] === 0x20 || bytes[next] === 0x09 || bytes[next] === RETURN) next++
    if (bytes[next] === NEWLINE || next >= bytes.length) at = next
    else out[length++] = byte
  }
  return out.subarray(0, length)
}
