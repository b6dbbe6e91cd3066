import type { DocumentChunk } from '#shared/schemas/documents'
import type { Page } from '#shared/schemas/status'

const CHUNKS_AT_A_TIME = 50

/** The chunks of a document in its order, loaded as far as they were asked for. */
export function useDocumentChunks(id: string) {
  const api = useApi()
  const loaded = useAsyncData(`document-chunks:${id}`, () => fetchChunks(), { deep: false, immediate: false })
  const chunks = computed(() => loaded.data.value?.items ?? [])
  const hasMore = computed(() => Boolean(loaded.data.value?.nextCursor))

  function fetchChunks(cursor?: string): Promise<Page<DocumentChunk>> {
    return api<Page<DocumentChunk>>(`/api/documents/${id}/chunks`, { query: { limit: CHUNKS_AT_A_TIME, cursor } })
  }

  async function loadMore(): Promise<void> {
    const cursor = loaded.data.value?.nextCursor
    if (!cursor) return
    const page = await fetchChunks(cursor)
    loaded.data.value = { items: [...chunks.value, ...page.items], nextCursor: page.nextCursor }
  }

  /** Loads the first chunks, and on until the one that holds `position`, where there is one. */
  async function begin(position: number | null): Promise<void> {
    if (!loaded.data.value) await loaded.execute()
    while (position !== null && hasMore.value && (chunks.value.at(-1)?.end ?? 0) <= position) await loadMore()
  }

  return { chunks, hasMore, begin, loadMore, status: loaded.status, error: loaded.error }
}
