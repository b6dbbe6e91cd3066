/** This near to the end counts as being there. */
const NEAR_PX = 48

/**
 * Keeps a scrolled list at its end while it grows, as long as the reader is there; who scrolled up is left in peace.
 *
 * Until it is mounted the list is drawn from its end by CSS (`column-reverse`), so the server's page already shows the
 * newest turn and nothing jumps when the page comes alive.
 */
export function useStickToBottom(scroller: Readonly<Ref<HTMLElement | null>>, content: Readonly<Ref<HTMLElement | null>>) {
  const isAlive = ref(false)
  const atBottom = ref(true)
  let observer: ResizeObserver | undefined
  let lastTop = 0

  function toBottom(behavior: ScrollBehavior = 'auto') {
    const element = scroller.value
    if (element) element.scrollTo({ top: element.scrollHeight, behavior })
    atBottom.value = true
  }

  function onScroll() {
    const element = scroller.value
    if (!element) return
    const isNear = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX
    // Growth alone never unsticks; only a reader who scrolls up does.
    if (isNear) atBottom.value = true
    else if (element.scrollTop < lastTop) atBottom.value = false
    lastTop = element.scrollTop
  }

  onMounted(async () => {
    isAlive.value = true
    await nextTick()
    toBottom()
    observer = new ResizeObserver(() => {
      if (atBottom.value) toBottom()
    })
    if (content.value) observer.observe(content.value)
    if (scroller.value) observer.observe(scroller.value)
  })
  onBeforeUnmount(() => observer?.disconnect())

  return { isAlive: readonly(isAlive), atBottom: readonly(atBottom), toBottom, onScroll }
}
