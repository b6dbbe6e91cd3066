import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'

/** Lies in the data folder and holds nothing but its place. */
export const RESERVE_FILE = 'ragtime.reserve'
/** Enough for the log of the database to grow to its usual 4 MB, and for some hundred answers. */
const RESERVE_BYTES = 16 * 1024 * 1024
/** On a small disk the reserve is not what fills it. */
const RESERVE_SHARE = 1 / 16
const LOOK_MS = 1_000
const BLOCK_BYTES = 64 * 1024

export interface DiskGuard {
  /** False while the disk has next to nothing left: then nothing large is begun, and what is stored is small. */
  readonly hasRoom: boolean
  /** Bytes that large things may still take, as of a moment ago. */
  readonly room: number
  /** Something could not be written: gives the reserve up. True when that has made room, so that trying again may work. */
  reportFull: () => boolean
  /** Looks at the disk now, as it does each second. */
  look: () => Promise<void>
  close: () => void
}

/**
 * Keeps some space of the disk for small writes. A full disk must not end everything: documents can wait, but questions
 * are asked, jobs change their state, and deletions, which are what makes room, write before they free anything.
 *
 * A file holds the space. When the disk runs low large things stop; when it is full the file goes, and what is small has
 * its place. Once there is space again the file comes back, and with it everything else, without a restart.
 *
 * @param options.onChange hears when room ends and when it is back
 */
export function createDiskGuard({ folder, onChange, everyMs = LOOK_MS, freeBytes = bytesFree }: {
  folder: string
  onChange: (hasRoom: boolean) => void
  everyMs?: number
  /** For tests: what is free, with the reserve counted as used. */
  freeBytes?: (folder: string) => Promise<number>
}): DiskGuard {
  const path = join(folder, RESERVE_FILE)
  const size = reserveSize(folder)
  let held = statSync(path, { throwIfNoEntry: false })?.size === size
  let hasRoom = true
  let free = Infinity
  let looking: Promise<void> | null = null
  let closed = false

  const timer = setInterval(() => void guard.look(), everyMs)
  timer.unref()

  function set(now: boolean): void {
    if (now === hasRoom) return
    hasRoom = now
    onChange(now)
  }

  function release(): void {
    rmSync(path, { force: true })
    held = false
  }

  async function judge(): Promise<void> {
    free = await freeBytes(folder)
    if (closed) return
    // Between the bounds everything stays as it is, so that one more upload does not switch it back and forth.
    if (held && free < size / 2) release()
    else if (!held && free >= 2.5 * size) held = fill(path, size)
    if (free < size || !held) set(false)
    else if (free >= 1.5 * size) set(true)
  }

  const guard: DiskGuard = {
    get hasRoom() {
      return hasRoom
    },
    get room() {
      return Math.max(0, free - size)
    },
    reportFull() {
      const made = held
      if (held) release()
      set(false)
      return made
    },
    look() {
      // A disk that does not answer is what the health check is about.
      looking ??= judge().catch(() => {}).finally(() => {
        looking = null
      })
      return looking
    },
    close() {
      closed = true
      clearInterval(timer)
    },
  }
  return guard
}

function reserveSize(folder: string): number {
  const { blocks, bsize } = statfsSync(folder)
  return Math.floor(Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_SHARE) / BLOCK_BYTES) * BLOCK_BYTES
}

async function bytesFree(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** Takes the space, block by block: a file that is only made longer takes none. False when the disk has too little after all. */
function fill(path: string, size: number): boolean {
  try {
    const file = openSync(path, 'w', 0o600)
    try {
      const block = Buffer.alloc(BLOCK_BYTES, 'ragtime')
      for (let written = 0; written < size; written += BLOCK_BYTES) writeSync(file, block)
    }
    finally {
      closeSync(file)
    }
    return true
  }
  catch {
    rmSync(path, { force: true })
    return false
  }
}
