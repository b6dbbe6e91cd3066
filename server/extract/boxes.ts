import { deflateRawSync, inflateRawSync } from 'node:zlib'

/**
 * Character boxes of a page, one for each UTF-16 unit of its text, in points from the page's top left corner as it is
 * shown (rotation applied). Four numbers a unit: left, top, right, bottom. A unit without a place on the page (a space
 * made from a line end, a blank line) has four zeros.
 *
 * Stored form: version (1 byte), unit in points (float32, little endian), count (uint32), then raw-deflated uint16
 * planes, all lefts first, each value as the difference to the one before it: neighbours share their top and bottom, so
 * three of four planes are nearly all zeros. A page of 4,000 characters takes about 6 kB instead of 32.
 */
export type Boxes = Float32Array

const VERSION = 1
const HEADER_BYTES = 9
/** A tenth of a point is finer than a pixel at any zoom that a reader uses. */
const UNIT = 0.1
const MAX_VALUE = 0xFFFF
/** A page text is far shorter; a stored blob that claims more is not ours. */
const MAX_COUNT = 4_000_000

/** `boxes` holds four values a text unit; values below 0 are stored as 0, large pages with a coarser unit. */
export function encodeBoxes(boxes: Boxes): Uint8Array {
  const count = boxes.length / 4
  let largest = 0
  for (const value of boxes) if (value > largest) largest = value
  const unit = Math.fround(Math.max(UNIT, largest / MAX_VALUE))
  const planes = new Uint16Array(boxes.length)
  for (let plane = 0; plane < 4; plane++) {
    let previous = 0
    for (let index = 0; index < count; index++) {
      const value = Math.min(MAX_VALUE, Math.max(0, Math.round(boxes[index * 4 + plane]! / unit)))
      planes[plane * count + index] = value - previous
      previous = value
    }
  }
  const packed = deflateRawSync(toLittleEndian(planes), { level: 3 })
  const blob = new Uint8Array(HEADER_BYTES + packed.length)
  const view = new DataView(blob.buffer)
  view.setUint8(0, VERSION)
  view.setFloat32(1, unit, true)
  view.setUint32(5, count, true)
  blob.set(packed, HEADER_BYTES)
  return blob
}

/** Inverse of encodeBoxes, exact to half a unit. Throws RangeError on a blob that is not one of its. */
export function decodeBoxes(blob: Uint8Array): Boxes {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  if (blob.length < HEADER_BYTES || view.getUint8(0) !== VERSION) throw new RangeError('Unknown form of character boxes')
  const unit = view.getFloat32(1, true)
  const count = view.getUint32(5, true)
  if (count > MAX_COUNT) throw new RangeError('Too many character boxes')
  const bytes = inflateRawSync(blob.subarray(HEADER_BYTES), { maxOutputLength: Math.max(1, count * 8) })
  if (bytes.length !== count * 8) throw new RangeError('Character boxes are cut off')
  const boxes = new Float32Array(count * 4)
  for (let plane = 0; plane < 4; plane++) {
    let value = 0
    for (let index = 0; index < count; index++) {
      value = (value + bytes.readUInt16LE((plane * count + index) * 2)) & MAX_VALUE
      boxes[index * 4 + plane] = value * unit
    }
  }
  return boxes
}

function toLittleEndian(values: Uint16Array): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 2)
  for (let index = 0; index < values.length; index++) bytes.writeUInt16LE(values[index]!, index * 2)
  return bytes
}
