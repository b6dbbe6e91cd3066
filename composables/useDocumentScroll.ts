import type { ShallowRef, WatchSource } from 'vue'

/** How far from the end of what is loaded the next pages are asked for. */
const AHEAD = '1200px 0px'
/** How far down the screen the line stands that is being read. */
const READ_AT = 0.34

interface Options {
  scroller: Readonly<ShallowRef<HTMLElement | null>>
  /** Both stand before and after the pages, and are seen when the reader comes near. */
  before: Readonly<ShallowRef<HTMLElement | null>>
  after: Readonly<ShallowRef<HTMLElement | null>>
  /** Changes whenever pages come or go. */
  content: WatchSource
  onBefore: () => Promise<unknown>
  onAfter: () => Promise<unknown>
}

/** Where the reader is in a document, and loading of more text without moving what is on the screen. */
export function useDocumentScroll({ scroller, before, after, content, onBefore, onAfter }: Options) {
  const page = ref<number | null>(null)
  const isCitedInSight = ref(true)
  let edges: IntersectionObserver | null = null
  let frame = 0

  const sections = () => [...scroller.value?.querySelectorAll<HTMLElement>('[data-page]') ?? []]

  function look(): void {
    frame = 0
    const box = scroller.value?.getBoundingClientRect()
    if (!box) return
    const line = box.top + box.height * READ_AT
    const current = sections().findLast(section => section.getBoundingClientRect().top <= line) ?? sections()[0]
    if (current) page.value = Number(current.dataset.page)
    const cited = scroller.value?.querySelector('[data-cited="first"]')?.getBoundingClientRect()
    isCitedInSight.value = Boolean(cited && cited.bottom > box.top && cited.top < box.bottom)
  }

  function onScroll(): void {
    frame ||= requestAnimationFrame(look)
  }

  // When pages come or go, the text that the reader sees stays where it is.
  let anchor: { section: HTMLElement, top: number } | null = null
  watch(content, () => {
    const box = scroller.value?.getBoundingClientRect()
    const section = box && sections().find(candidate => candidate.getBoundingClientRect().bottom > box.top)
    anchor = section ? { section, top: section.getBoundingClientRect().top } : null
  }, { flush: 'pre' })
  watch(content, () => {
    if (anchor?.section.isConnected) scroller.value!.scrollTop += anchor.section.getBoundingClientRect().top - anchor.top
    anchor = null
    look()
    watchEdges()
  }, { flush: 'post' })

  /** An edge that is still near after a load is reported anew. */
  function watchEdges(): void {
    edges?.disconnect()
    edges = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting) void (target === before.value ? onBefore : onAfter)()
      }
    }, { root: scroller.value, rootMargin: AHEAD })
    for (const edge of [before.value, after.value]) if (edge) edges.observe(edge)
  }

  /** Makes a change of size; the line that is read stays where it is. */
  async function keepPlace(change: () => void): Promise<void> {
    const box = scroller.value?.getBoundingClientRect()
    const line = box ? box.top + box.height * READ_AT : 0
    const section = box && sections().find(candidate => candidate.getBoundingClientRect().bottom > line)
    const before = section?.getBoundingClientRect()
    change()
    await nextTick()
    const after = section?.getBoundingClientRect()
    // Above the first page there is nothing that grows.
    if (before && after && before.top < line) scroller.value!.scrollTop += after.top + (line - before.top) / before.height * after.height - line
    look()
  }

  function scrollToPage(number: number): void {
    scroller.value?.querySelector(`[data-page="${number}"]`)?.scrollIntoView({ block: 'start' })
    look()
  }

  /** Brings the cited text into the upper half of the screen. Resolves to false when it is not there. */
  function scrollToCited(): boolean {
    const cited = scroller.value?.querySelector<HTMLElement>('[data-cited="first"]')
    if (!cited || !scroller.value) return false
    const box = scroller.value.getBoundingClientRect()
    scroller.value.scrollTop += cited.getBoundingClientRect().top - box.top - box.height * READ_AT
    look()
    return true
  }

  watch(scroller, (element, before) => {
    before?.removeEventListener('scroll', onScroll)
    element?.addEventListener('scroll', onScroll, { passive: true })
  }, { flush: 'post', immediate: true })
  onBeforeUnmount(() => {
    scroller.value?.removeEventListener('scroll', onScroll)
    edges?.disconnect()
    cancelAnimationFrame(frame)
  })

  return { page: readonly(page), isCitedInSight: readonly(isCitedInSight), watchEdges, scrollToPage, scrollToCited, keepPlace, look }
}
