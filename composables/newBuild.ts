/** What a full load of the page would lose: `work` wherever it leads, `place` only when this very page is loaded again. */
export type Hold = 'work' | 'place'

export interface ReloadScene {
  /** A newer build is being served than the one that this page runs. */
  isOutdated: boolean
  /** Where a click could not lead because the file of that page is gone; null where there was none. */
  wanted: string | null
  hold: Hold | null
  /** Milliseconds since the reader last did something. */
  idleMs: number
  isHidden: boolean
}

/** A reader who has done nothing for so long is not in the middle of a word or a click. */
export const IDLE_MS = 3_000

/**
 * Where the page should now be loaded anew, or null. A wanted page is gone to as soon as nothing that is under way would
 * be lost; an outdated one is replaced when nothing at all would, and when the reader is not doing something.
 */
export function whereToReload({ isOutdated, wanted, hold, idleMs, isHidden }: ReloadScene, here: string): string | null {
  if (wanted !== null) return hold === 'work' ? null : wanted
  if (!isOutdated || hold !== null) return null
  return isHidden || idleMs >= IDLE_MS ? here : null
}
