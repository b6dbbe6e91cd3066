import { directoriesOf, FIELDS, openTiff, valueOf, type Directory, type Tiff } from './tiff.ts'
import type { Orientation } from './types.ts'

/** Of a JPEG's segments that are looked through for one with EXIF. */
const MAX_SEGMENTS = 200
const APP1 = 0xE1
const START_OF_SCAN = 0xDA

/** Which way up a JPEG was taken, by its EXIF; 1 when it does not say. */
export function jpegOrientation(bytes: Buffer): Orientation {
  let at = 2
  for (let segment = 0; segment < MAX_SEGMENTS && at + 4 <= bytes.length && bytes[at] === 0xFF; segment++) {
    const marker = bytes[at + 1]!
    const length = bytes.readUInt16BE(at + 2)
    if (marker === START_OF_SCAN || length < 2) break
    const body = bytes.subarray(at + 4, at + 2 + length)
    if (marker === APP1 && body.toString('latin1', 0, 6) === 'Exif\0\0') {
      const exif = openTiff(body.subarray(6))
      const [fields] = exif ? directoriesOf(exif) : []
      return exif && fields ? tiffOrientation(exif, fields) : 1
    }
    at += 2 + length
  }
  return 1
}

export function tiffOrientation(tiff: Tiff, fields: Directory): Orientation {
  const value = valueOf(tiff, fields, FIELDS.orientation, 1)
  return value >= 1 && value <= 8 ? value as Orientation : 1
}
