import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const BLOCK = Buffer.alloc(64 * 1024, 1)

/** A disk of its own that a test can fill to the last byte. */
export interface SmallDisk {
  path: string
  freeBytes: () => number
  /** Fills it, but for `leave` bytes; until {@link empty}. */
  fill: (leave?: number) => void
  empty: () => void
  unmount: () => void
}

/** Null where nothing can be mounted: it takes Linux and its root. */
export function mountSmallDisk(megabytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'ragtime-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'pipe', timeout: 10_000 })
  }
  catch {
    rmSync(path, { recursive: true, force: true })
    return null
  }
  const filler = join(path, 'filler')
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize
  }
  return {
    path,
    freeBytes,
    fill(leave = 0) {
      const file = openSync(filler, 'a')
      try {
        while (freeBytes() > leave) writeSync(file, BLOCK, 0, Math.min(BLOCK.length, freeBytes() - leave))
      }
      catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
      finally {
        closeSync(file)
      }
    },
    empty: () => rmSync(filler, { force: true }),
    unmount() {
      execFileSync('umount', ['-l', path], { stdio: 'pipe', timeout: 10_000 })
      rmSync(path, { recursive: true, force: true })
    },
  }
}
