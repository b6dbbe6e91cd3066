import { ExtractFailure } from './failures.ts'
import { entriesOverlap, MAX_ENTRIES, readZipDirectory, unzipEntry, type ReadAt, type ZipEntry } from './zip.ts'

/** Of all parts that are read together. */
const MAX_UNPACKED_BYTES = 48 * 1024 * 1024

/**
 * The parts of a document that is a ZIP archive (Office Open XML, OpenDocument, EPUB). Nothing is unpacked before it is
 * asked for, nothing ever touches the disk, and all parts together unpack to a bounded size whatever the directory says.
 */
export interface Package {
  /** In the order of the archive's directory, each once, `/` between folders. */
  names: readonly string[]
  has: (name: string) => boolean
  /**
   * The part's bytes; null where there is none. A part that was read before is unpacked again and counts again.
   * @throws ExtractFailure `encrypted_file`, `damaged_file`, `too_large`
   */
  read: (name: string) => Promise<Buffer | null>
}

/** @throws ExtractFailure `damaged_file`, `too_complex` */
export async function openPackage(bytes: Buffer, { maxBytes = MAX_UNPACKED_BYTES } = {}): Promise<Package> {
  const readAt: ReadAt = (offset, length) => bytes.subarray(offset, offset + length)
  const directory = await readZipDirectory(readAt, bytes.length)
  if (!directory) throw new ExtractFailure('damaged_file')
  if (directory.length > MAX_ENTRIES) throw new ExtractFailure('too_complex')
  if (entriesOverlap(directory)) throw new ExtractFailure('damaged_file')
  const entries = new Map<string, ZipEntry>()
  for (const entry of directory) if (!entries.has(entry.name) && !entry.name.endsWith('/')) entries.set(entry.name, entry)
  let left = maxBytes

  async function read(name: string): Promise<Buffer | null> {
    const entry = entries.get(name)
    if (!entry) return null
    if (entry.encrypted) throw new ExtractFailure('encrypted_file')
    if (entry.size > left) throw new ExtractFailure('too_large')
    const part = await unzip(readAt, entry, left)
    if (!part) throw new ExtractFailure('too_large')
    left -= part.length
    return part
  }

  return { names: [...entries.keys()], has: name => entries.has(name), read }
}

async function unzip(readAt: ReadAt, entry: ZipEntry, limit: number): Promise<Buffer | null> {
  try {
    return await unzipEntry(readAt, entry, limit)
  }
  catch (cause) {
    throw new ExtractFailure('damaged_file', { cause })
  }
}
