import { crc32, inflateRawSync } from 'node:zlib'

/** Reads `length` bytes at `offset`; fewer at the end. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer> | Buffer

export interface ZipEntry {
  name: string
  method: number
  encrypted: boolean
  compressedSize: number
  /** As stated; the bytes may say otherwise. */
  size: number
  crc: number
  offset: number
}

/** Of a local header, without the name and the extra field behind it. */
const LOCAL_BYTES = 30
const END_SIGNATURE = 0x06054B50
const ENTRY_SIGNATURE = 0x02014B50
const LOCAL_SIGNATURE = 0x04034B50
/** Longest end record: 22 bytes and a comment of 64 KB. */
const END_SEARCH = 22 + 0xFFFF
/** Office files have some dozens of entries, and up to some thousand where each picture is one. */
export const MAX_ENTRIES = 10_000
/** Of these entries with names of common length; what comes after it is not looked at. */
const MAX_DIRECTORY_BYTES = 4 * 1024 * 1024
/** What no compressor can make smaller becomes larger by 5 bytes in 16 kB (RFC 1951, 3.2.4); this is generous. */
const MAX_GROWTH = 1.1
const GROWTH_BYTES = 1024

/**
 * The central directory (APPNOTE 4.3.12), or null where there is none or it is damaged. At most MAX_ENTRIES + 1 entries, so
 * that whoever cares knows that there are too many. ZIP64 is left out: 4 GB are never accepted, and a size or an offset
 * that is only stated there is one of 4 GB here.
 */
export async function readZipDirectory(readAt: ReadAt, size: number): Promise<ZipEntry[] | null> {
  const tailStart = Math.max(0, size - END_SEARCH)
  const tail = await readAt(tailStart, END_SEARCH)
  for (let end = tail.length - 22; end >= 0; end--) {
    if (tail.readUInt32LE(end) !== END_SIGNATURE) continue
    const bytes = tail.readUInt32LE(end + 12)
    // Bytes before the archive shift all offsets; the directory ends where its end record begins.
    const start = tailStart + end - bytes
    const shift = start - tail.readUInt32LE(end + 16)
    if (start < 0 || shift < 0) return null
    return parseDirectory(await readAt(start, Math.min(bytes, MAX_DIRECTORY_BYTES)), shift)
  }
  return null
}

function parseDirectory(directory: Buffer, shift: number): ZipEntry[] | null {
  const entries: ZipEntry[] = []
  let at = 0
  while (entries.length <= MAX_ENTRIES && at + 46 <= directory.length && directory.readUInt32LE(at) === ENTRY_SIGNATURE) {
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28)
    entries.push({
      name: directory.toString('utf8', at + 46, nameEnd).replaceAll('\\', '/'),
      method: directory.readUInt16LE(at + 10),
      encrypted: (directory.readUInt16LE(at + 8) & 1) === 1,
      crc: directory.readUInt32LE(at + 16),
      compressedSize: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42) + shift,
    })
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return entries.length > 0 ? entries : null
}

/** Whether entries share bytes, as no program packs them: one part that is many is a bomb (Fifield, “A better zip bomb”, 2019). */
export function entriesOverlap(entries: ZipEntry[]): boolean {
  let end = 0
  for (const { offset, compressedSize } of entries.toSorted((a, b) => a.offset - b.offset)) {
    if (offset < end) return true
    end = offset + LOCAL_BYTES + compressedSize
  }
  return false
}

/**
 * Unpacks one entry, never to more than `limit` bytes whatever the directory says.
 * Returns null when it would be longer; throws when it is damaged.
 */
export async function unzipEntry(readAt: ReadAt, entry: ZipEntry, limit: number): Promise<Buffer | null> {
  // Nothing of this size comes out of so many bytes, but a stream of empty blocks would be read to its end.
  if (entry.compressedSize > limit * MAX_GROWTH + GROWTH_BYTES) return null
  const header = await readAt(entry.offset, LOCAL_BYTES)
  if (header.length < LOCAL_BYTES || header.readUInt32LE(0) !== LOCAL_SIGNATURE) throw new Error(`Zip entry ${entry.name} has no header`)
  const start = entry.offset + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28)
  const packed = await readAt(start, entry.compressedSize)
  if (packed.length < entry.compressedSize) throw new Error(`Zip entry ${entry.name} is cut off`)
  if (entry.method === 0) return packed.length > limit ? null : packed
  if (entry.method !== 8) throw new Error(`Zip entry ${entry.name} has method ${entry.method}`)
  try {
    const bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, limit) })
    if (bytes.length === entry.size && crc32(bytes) !== entry.crc) throw new Error(`Zip entry ${entry.name} fails its checksum`)
    return bytes
  }
  catch (error) {
    if (error instanceof RangeError || (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null
    throw error
  }
}
