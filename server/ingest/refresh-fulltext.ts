import { setTimeout as pause } from 'node:timers/promises'
import { write, type Db } from '../db/connection.ts'
import { refreshFullTextStep } from '../db/fulltext-refresh.ts'

export interface FullTextRefresh {
  /** Chunks whose entries were made anew; fewer than all that need it where it was stopped or the disk was full. */
  done: Promise<number>
  stop: () => Promise<void>
}

/**
 * Brings the full text of a database from an earlier version to the rules of today in the background, in short transactions
 * between which everything else has its turn. It begins where the last start was cut off. A full disk ends it until the
 * next start: nothing is lost by it but other forms of words.
 */
export function startFullTextRefresh(db: Db, hasRoom: () => boolean): FullTextRefresh {
  let stopped = false
  const done = (async () => {
    let changed = 0
    while (!stopped && hasRoom()) {
      const start = performance.now()
      const step = write(db, () => refreshFullTextStep(db))
      if (!step) break
      changed += step.changed
      // As long as the step took, so that half of the time is everybody else's.
      await pause(performance.now() - start)
    }
    return changed
  })()
  return {
    done,
    async stop() {
      stopped = true
      await done.catch(() => {})
    },
  }
}
