/** Sizes of an original page; 1 is the width of the reader. */
const STEPS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3]

/** The size of original pages, with `+`, `−` and `0` on the keyboard while `isActive`. `around` makes the change and keeps the place. */
export function useZoom({ isActive, around }: { isActive: () => boolean, around: (change: () => void) => void }) {
  const zoom = useState('reader-zoom', () => 1)
  const smaller = computed(() => STEPS.findLast(step => step < zoom.value) ?? null)
  const larger = computed(() => STEPS.find(step => step > zoom.value) ?? null)

  function setZoom(value: number | null): void {
    if (value !== null && value !== zoom.value) around(() => zoom.value = value)
  }

  function onKey(event: KeyboardEvent): void {
    if (!isActive() || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="menu"]')) return
    const wanted = { '+': larger.value, '=': larger.value, '-': smaller.value, '−': smaller.value, '0': 1 }[event.key]
    if (wanted === undefined) return
    event.preventDefault()
    setZoom(wanted)
  }
  onMounted(() => window.addEventListener('keydown', onKey))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey))

  return { zoom: readonly(zoom), smaller, larger, setZoom }
}
