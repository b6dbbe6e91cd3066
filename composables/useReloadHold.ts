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
