import { inflateSync } from 'node:zlib'

/** TIFF 6.0. Everything in a file may lie: each read is checked against the bytes that are there. */
export interface Tiff { bytes: Buffer, little: boolean, first: number }

/** One picture's fields by number. `at` is where the values lie, inside the file for certain. */
export type Directory = ReadonlyMap<number, Field>
interface Field { type: number, count: number, at: number }

export const FIELDS = {
  subfile: 254, width: 256, height: 257, bits: 258, compression: 259, photometric: 262, fillOrder: 266, stripOffsets: 273, orientation: 274,
  samples: 277, rowsPerStrip: 278, stripBytes: 279, xResolution: 282, planes: 284, predictor: 317, tileWidth: 322, tileHeight: 323,
  tileOffsets: 324, tileBytes: 325, jpegTables: 347,
} as const

/** What a decoder needs besides the pixels: groups and units of resolution, options of fax codes, colour table, alpha, signs, YCbCr. */
const ALSO_KEPT = [283, 292, 293, 296, 320, 332, 338, 339, 529, 530, 531, 532]
const TYPE_BYTES: Record<number, number> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8 }
const SHORT = 3
const LONG = 4
const JPEG = 7
const UNCOMPRESSED = 1
const DEFLATE = new Set([8, 32_946])
const HORIZONTAL = 2
/** An A0 poster in strips of one line has 40,000. */
const MAX_STRIPS = 200_000
/** Smaller copy of another picture in the file. */
const THUMBNAIL = 1

export function openTiff(bytes: Buffer): Tiff | null {
  const mark = bytes.toString('latin1', 0, 4)
  if (bytes.length < 8 || (mark !== 'II*\0' && mark !== 'MM\0*')) return null
  const tiff = { bytes, little: mark.startsWith('I'), first: 0 }
  return { ...tiff, first: u32(tiff, 4) }
}

/** The pictures of a file in order, thumbnails left out. A chain that bites its own tail ends there. */
export function* directoriesOf(tiff: Tiff): Generator<Directory> {
  const seen = new Set<number>()
  for (let at = tiff.first; at >= 8 && at + 2 <= tiff.bytes.length && !seen.has(at);) {
    seen.add(at)
    const count = u16(tiff, at)
    const end = at + 2 + count * 12
    const fields = new Map<number, Field>()
    for (let entry = at + 2; entry + 12 <= Math.min(end, tiff.bytes.length); entry += 12) {
      const [type, values] = [u16(tiff, entry + 2), u32(tiff, entry + 4)]
      const size = (TYPE_BYTES[type] ?? 0) * values
      const place = size > 4 ? u32(tiff, entry + 8) : entry + 8
      if (size > 0 && place + size <= tiff.bytes.length) fields.set(u16(tiff, entry), { type, count: values, at: place })
    }
    if (!(valueOf(tiff, fields, FIELDS.subfile, 0) & THUMBNAIL)) yield fields
    at = end + 4 <= tiff.bytes.length ? u32(tiff, end) : 0
  }
}

/** The first value of a whole-number field. */
export function valueOf(tiff: Tiff, fields: Directory, tag: number, fallback: number): number {
  return valuesOf(tiff, fields, tag, 1)[0] ?? fallback
}

function valuesOf(tiff: Tiff, fields: Directory, tag: number, most: number): number[] {
  const field = fields.get(tag)
  if (!field || field.count < 1 || field.count > MAX_STRIPS) return []
  const read = field.type === SHORT ? u16 : field.type === LONG ? u32 : field.type === 1 ? u8 : null
  const size = TYPE_BYTES[field.type]!
  return read ? Array.from({ length: Math.min(most, field.count) }, (_, index) => read(tiff, field.at + index * size)) : []
}

/**
 * One picture of a file as files of its own, from top to bottom: a TIFF, or one JPEG a strip. So a decoder gets no more than
 * it needs of a file with many pages, and Deflate, which the engine's decoder does not know, is undone here.
 *
 * @param maxBytes of unpacked strips; null is returned for more, and for what is not understood
 */
export function picturesOf(tiff: Tiff, fields: Directory, maxBytes: number): Buffer[] | null {
  const tiled = fields.has(FIELDS.tileOffsets)
  const offsets = valuesOf(tiff, fields, tiled ? FIELDS.tileOffsets : FIELDS.stripOffsets, MAX_STRIPS)
  const sizes = valuesOf(tiff, fields, tiled ? FIELDS.tileBytes : FIELDS.stripBytes, MAX_STRIPS)
  // Files of old scanners leave out the size of a single strip: it goes on to the end.
  if (sizes.length === 0 && offsets.length === 1) sizes.push(tiff.bytes.length - offsets[0]!)
  if (offsets.length === 0 || sizes.length < offsets.length) return null
  const strips = offsets.map((offset, index) => tiff.bytes.subarray(offset, offset + sizes[index]!))
  // Strips may not all be the same bytes again: a small file would be a large one here.
  if (strips.reduce((sum, strip) => sum + strip.length, 0) > 2 * tiff.bytes.length) return null
  const compression = valueOf(tiff, fields, FIELDS.compression, UNCOMPRESSED)
  if (compression === JPEG) return tiled ? null : jpegs(tiff, fields, strips)
  if (!DEFLATE.has(compression)) return [write(tiff, fields, strips, tiled, {})]
  const unpacked = inflated(tiff, fields, strips, tiled, maxBytes)
  return unpacked && [write(tiff, fields, unpacked, tiled, { [FIELDS.compression]: UNCOMPRESSED, [FIELDS.predictor]: null })]
}

/** Strips as JPEGs need the tables that the file keeps once for all of them. */
function jpegs({ bytes }: Tiff, fields: Directory, strips: Buffer[]): Buffer[] {
  const field = fields.get(FIELDS.jpegTables)
  const tables = field && field.count > 4 ? bytes.subarray(field.at, field.at + field.count - 2) : Buffer.from([0xFF, 0xD8])
  return strips.map(strip => Buffer.concat([tables, strip.subarray(2)]))
}

function inflated(tiff: Tiff, fields: Directory, strips: Buffer[], tiled: boolean, maxBytes: number): Buffer[] | null {
  const predicted = valueOf(tiff, fields, FIELDS.predictor, 1) === HORIZONTAL
  if (predicted && valueOf(tiff, fields, FIELDS.bits, 1) !== 8) return null
  const samples = valueOf(tiff, fields, FIELDS.planes, 1) === 1 ? valueOf(tiff, fields, FIELDS.samples, 1) : 1
  const row = samples * valueOf(tiff, fields, tiled ? FIELDS.tileWidth : FIELDS.width, 0)
  let left = maxBytes
  const unpacked: Buffer[] = []
  for (const strip of strips) {
    let bytes: Buffer
    try {
      bytes = inflateSync(strip, { maxOutputLength: Math.max(1, left) })
    }
    catch {
      return null
    }
    left -= bytes.length
    // Each value is stored as the difference to the one before it in its row (TIFF 6.0, section 14).
    if (predicted) for (let at = 0; at < bytes.length; at++) if (at % row >= samples) bytes[at] = bytes[at]! + bytes[at - samples]!
    unpacked.push(bytes)
  }
  return unpacked
}

/** A file with one picture: its fields, then what lies outside of them, then the strips. */
function write(tiff: Tiff, fields: Directory, strips: Buffer[], tiled: boolean, changes: Record<number, number | null>): Buffer {
  const put = (value: number, size: number) => {
    const buffer = Buffer.alloc(size)
    if (tiff.little) buffer.writeUIntLE(value, 0, size)
    else buffer.writeUIntBE(value, 0, size)
    return buffer
  }
  const { width, height, bits, compression, photometric, fillOrder, samples, rowsPerStrip, xResolution, planes, predictor, tileWidth, tileHeight } = FIELDS
  const kept = [width, height, bits, compression, photometric, fillOrder, samples, rowsPerStrip, xResolution, planes, predictor, tileWidth, tileHeight, ...ALSO_KEPT]
  const entries: { tag: number, type: number, count: number, value: Buffer }[] = []
  for (const tag of kept) {
    const [field, change] = [fields.get(tag), changes[tag]]
    if (change === null) continue
    if (change !== undefined) entries.push({ tag, type: SHORT, count: 1, value: put(change, 2) })
    else if (field) entries.push({ tag, type: field.type, count: field.count, value: tiff.bytes.subarray(field.at, field.at + field.count * TYPE_BYTES[field.type]!) })
  }
  const [offsetTag, sizeTag] = tiled ? [FIELDS.tileOffsets, FIELDS.tileBytes] : [FIELDS.stripOffsets, FIELDS.stripBytes]
  const strip = { type: LONG, count: strips.length }
  entries.push({ tag: offsetTag, ...strip, value: Buffer.alloc(4 * strips.length) }, { tag: sizeTag, ...strip, value: Buffer.concat(strips.map(part => put(part.length, 4))) })
  entries.sort((a, b) => a.tag - b.tag)

  let end = 8 + 2 + entries.length * 12 + 4
  const outside = new Map<number, number>()
  for (const { tag, value } of entries) {
    if (value.length <= 4) continue
    outside.set(tag, end)
    end += value.length + value.length % 2
  }
  const offsets = entries.find(({ tag }) => tag === offsetTag)!
  let from = end
  offsets.value = Buffer.concat(strips.map((part) => {
    from += part.length
    return put(from - part.length, 4)
  }))
  const head = Buffer.alloc(end)
  Buffer.concat([tiff.bytes.subarray(0, 4), put(8, 4), put(entries.length, 2)]).copy(head)
  for (const [index, { tag, type, count, value }] of entries.entries()) {
    const place = outside.get(tag)
    Buffer.concat([put(tag, 2), put(type, 2), put(count, 4), place === undefined ? value : put(place, 4)]).copy(head, 10 + index * 12)
    if (place !== undefined) value.copy(head, place)
  }
  return Buffer.concat([head, ...strips])
}

function u8({ bytes }: Tiff, at: number): number {
  return bytes[at] ?? 0
}

function u16({ bytes, little }: Tiff, at: number): number {
  return at + 2 > bytes.length ? 0 : little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)
}

function u32({ bytes, little }: Tiff, at: number): number {
  return at + 4 > bytes.length ? 0 : little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
}
