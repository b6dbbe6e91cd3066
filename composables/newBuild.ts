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

const holds = new Set<() => Hold | null>()

/** Keeps the page from being loaded anew while `hold` gives a reason; lives as long as the calling component. */
export function useReloadHold(hold: () => Hold | null): void {
  if (import.meta.server) return
  holds.add(hold)
  onScopeDispose(() => holds.delete(hold))
}

/** The strongest reason of all that are given now, and of what the page itself shows. */
export function currentHold(): Hold | null {
  const reasons = [...holds].map(hold => hold())
  if (isChanging() || reasons.includes('work')) return 'work'
  return reasons.includes('place') || isInTheMiddle() ? 'place' : null
}

/** A dialog is open, a field holds words that nobody keeps, or the reader has scrolled to somewhere. */
function isInTheMiddle(): boolean {
  if (document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]')) return true
  const field = document.activeElement
  if ((field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) && field.value && !field.closest('[data-kept]')) return true
  return [...document.querySelectorAll('[data-place]')].some(element => element.scrollTop > 100)
}
