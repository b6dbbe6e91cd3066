import type { PageReportItem } from '#shared/schemas/documents'
import type { Page } from '#shared/schemas/status'

/** Pages asked for at a time. */
const AT_A_TIME = 100

/** The reports of a document's pages: those that are worth a look, or all of them. */
export function useDocumentReport(id: string, startsWithAttention: boolean) {
  const api = useApi()
  const onlyAttention = ref(startsWithAttention)
  const loaded = useAsyncData(`document-report:${id}`, () => fetchItems('1'), { deep: false, immediate: false })
  const items = computed(() => loaded.data.value?.items ?? [])
  const hasMore = computed(() => Boolean(loaded.data.value?.nextCursor))

  function fetchItems(cursor: string): Promise<Page<PageReportItem>> {
    return api<Page<PageReportItem>>(`/api/documents/${id}/report`, { query: { cursor, limit: AT_A_TIME, attention: String(onlyAttention.value) } })
  }

  async function loadMore(): Promise<void> {
    const before = loaded.data.value
    if (!before?.nextCursor) return
    const page = await fetchItems(before.nextCursor)
    if (loaded.data.value === before) loaded.data.value = { items: [...before.items, ...page.items], nextCursor: page.nextCursor }
  }

  async function show(only: boolean): Promise<void> {
    if (only === onlyAttention.value) return
    onlyAttention.value = only
    await loaded.execute()
  }

  return { items, hasMore, onlyAttention: readonly(onlyAttention), load: () => loaded.execute(), loadMore, show, error: loaded.error, status: loaded.status }
}
