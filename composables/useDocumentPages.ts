import type { DocumentPage } from '#shared/schemas/documents'
import type { Page } from '#shared/schemas/status'
import type { TextRange } from '#shared/utils/document-layout'
import { locate } from '#shared/utils/locate'

/** Pages asked for at a time: two to three screens. */
const WINDOW = 5
/** Pages kept on the screen. A reader who scrolls through a thousand of them would otherwise end with half a million nodes. */
const KEPT = 40

/** Where to begin: at a cited range, at a page, or at the first page. `page` is a hint where there is a range. */
export interface PagesStart { range: TextRange | null, page: number | null }

export interface LoadedPages {
  pages: DocumentPage[]
  /** Number of the page after the last one; null at the end of the document. */
  next: number | null
}

/**
 * A window of consecutive pages of a document that grows at both ends. A thousand pages are never loaded at once, and
 * neither is the way from one end to the other: a jump begins a new window.
 */
export function useDocumentPages(id: string, total: () => number, start: () => PagesStart) {
  const api = useApi()
  const loaded = useAsyncData(`document-pages:${id}`, () => loadStart(start()), { deep: false, immediate: false })
  const pages = computed(() => loaded.data.value?.pages ?? [])
  const previous = computed(() => {
    const first = pages.value[0]?.number ?? 1
    return first > 1 ? first - 1 : null
  })
  const next = computed(() => loaded.data.value?.next ?? null)

  async function fetchPages(from: number, count: number): Promise<LoadedPages> {
    const { items, nextCursor } = await api<Page<DocumentPage>>(`/api/documents/${id}/pages`, { query: { from, count } })
    return { pages: items, next: nextCursor === null ? null : (items.at(-1)?.number ?? from) + 1 }
  }

  /** The page with this number and what surrounds it. */
  async function loadAround(number: number): Promise<LoadedPages> {
    const around = await fetchPages(Math.max(1, number - 1), WINDOW)
    // Long pages come in smaller portions, so the wanted one may not be among the first.
    return around.pages.some(page => page.number === number) || number === 1 ? around : await fetchPages(number, WINDOW)
  }

  async function loadStart({ range, page }: PagesStart): Promise<LoadedPages> {
    const first = Math.min(Math.max(page ?? 1, 1), Math.max(1, total()))
    const guessed = page !== null || !range ? await loadAround(first) : null
    if (!range || guessed?.pages.some(({ start, end }) => start <= range.start && range.start < end)) return guessed!
    const known = new Map((guessed?.pages ?? []).map(item => [item.number, item]))
    const number = await locate(range.start, total(), async (wanted) => {
      const item = known.get(wanted) ?? (await fetchPages(wanted, 1)).pages[0] ?? null
      return item?.number === wanted ? item : null
    }, page ?? undefined)
    return await loadAround(number ?? 1)
  }

  let busy: Promise<void> | null = null
  /** One request at a time; a second call waits for the first and does nothing more. */
  function once(work: () => Promise<void>): Promise<void> {
    busy ??= work().finally(() => busy = null)
    return busy
  }

  const loadPrevious = () => once(async () => {
    const before = pages.value
    const end = previous.value
    if (end === null) return
    const from = Math.max(1, end - WINDOW + 1)
    let found = await fetchPages(from, end - from + 1)
    if (found.pages.at(-1)?.number !== end) found = await fetchPages(end, 1)
    if (pages.value !== before || found.pages.length === 0) return
    const all = [...found.pages, ...before]
    loaded.data.value = { pages: all.slice(0, KEPT), next: all[KEPT]?.number ?? next.value }
  })

  const loadNext = () => once(async () => {
    const before = pages.value
    if (next.value === null) return
    const found = await fetchPages(next.value, WINDOW)
    if (pages.value === before) loaded.data.value = { pages: [...before, ...found.pages].slice(-KEPT), next: found.next }
  })

  /** Makes sure that the page is loaded, in a new window when it is not in this one. */
  async function show(number: number): Promise<void> {
    if (!pages.value.some(page => page.number === number)) loaded.data.value = await loadAround(number)
  }

  /** Loads the pages of the current start unless they are here already. */
  async function begin(): Promise<void> {
    const { range, page } = start()
    const isHere = range
      ? pages.value.some(({ start, end }) => start <= range.start && range.start < end)
      : pages.value.some(({ number }) => number === (page ?? 1))
    if (!isHere) await loaded.execute()
  }

  return { pages, previous, next, begin, loadPrevious, loadNext, show, status: loaded.status, error: loaded.error }
}
