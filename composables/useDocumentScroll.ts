import type { ShallowRef } from 'vue'

/** How far from the end of what is loaded the next pages are asked for. */
const AHEAD = '1200px 0px'

interface Options {
  scroller: Readonly<ShallowRef<HTMLElement | null>>
  /** Both stand before and after the pages, and are seen when the reader comes near. */
  before: Readonly<ShallowRef<HTMLElement | null>>
  after: Readonly<ShallowRef<HTMLElement | null>>
  onBefore: () => Promise<unknown>
  onAfter: () => Promise<unknown>
}

/** Where the reader is in a document, and loading of more text without moving what is on the screen. */
export function useDocumentScroll({ scroller, before, after, onBefore, onAfter }: Options) {
  const page = ref<number | null>(null)
  const isCitedInSight = ref(true)
  let edges: IntersectionObserver | null = null
  let frame = 0

  const sections = () => [...scroller.value?.querySelectorAll<HTMLElement>('[data-page]') ?? []]

  function look(): void {
    frame = 0
    const box = scroller.value?.getBoundingClientRect()
    if (!box) return
    const line = box.top + box.height * 0.35
    const current = sections().findLast(section => section.getBoundingClientRect().top <= line) ?? sections()[0]
    if (current) page.value = Number(current.dataset.page)
    const cited = scroller.value?.querySelector('[data-cited="first"]')?.getBoundingClientRect()
    isCitedInSight.value = Boolean(cited && cited.bottom > box.top && cited.top < box.bottom)
  }

  function onScroll(): void {
    frame ||= requestAnimationFrame(look)
  }

  /** Runs a change of what is loaded; the text that the reader sees stays where it is. */
  async function keepPlace(change: () => Promise<unknown>): Promise<void> {
    const box = scroller.value?.getBoundingClientRect()
    await change()
    // The page is looked for after the wait: the reader went on scrolling, and what is in sight now has to stay.
    const anchor = box && sections().find(section => section.getBoundingClientRect().bottom > box.top)
    const top = anchor?.getBoundingClientRect().top
    await nextTick()
    if (anchor?.isConnected && top !== undefined) scroller.value!.scrollTop += anchor.getBoundingClientRect().top - top
    look()
    watchEdges()
  }

  /** An edge that is still near after a load is reported anew. */
  function watchEdges(): void {
    edges?.disconnect()
    edges = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting) void keepPlace(target === before.value ? onBefore : onAfter)
      }
    }, { root: scroller.value, rootMargin: AHEAD })
    for (const edge of [before.value, after.value]) if (edge) edges.observe(edge)
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
    scroller.value.scrollTop += cited.getBoundingClientRect().top - box.top - box.height * 0.33
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

  return { page: readonly(page), isCitedInSight: readonly(isCitedInSight), watchEdges, scrollToPage, scrollToCited, look }
}
