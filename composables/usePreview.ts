const SHOW_AFTER_MS = 120
const HIDE_AFTER_MS = 180

/** Which citation is shown in small beside its number. Short pauses keep it from flickering under a passing pointer. */
export function usePreview() {
  const shown = ref<number | null>(null)
  const anchor = shallowRef<HTMLElement | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  function later(ms: number, action: () => void) {
    clearTimeout(timer)
    timer = setTimeout(action, ms)
  }

  function preview(n: number, element: HTMLElement) {
    later(shown.value === null ? SHOW_AFTER_MS : 0, () => {
      shown.value = n
      anchor.value = element
    })
  }

  function hidePreview(ms = HIDE_AFTER_MS) {
    later(ms, () => {
      shown.value = null
    })
  }

  const keepPreview = () => clearTimeout(timer)

  onScopeDispose(() => clearTimeout(timer))
  return { shown: readonly(shown), anchor, preview, hidePreview, keepPreview }
}
