import type { Document, DocumentEvent } from '#shared/schemas/documents'
import type { Page } from '#shared/schemas/status'

/** The library, newest first. Live once `useLiveDocuments` runs (the default layout does). */
export function useDocuments() {
  const api = useApi()
  const list = useAsyncData('documents', () => api<Page<Document>>('/api/documents'), { deep: false, dedupe: 'defer', immediate: false })
  const items = computed(() => list.data.value?.items ?? [])
  const hasMore = computed(() => Boolean(list.data.value?.nextCursor))
  const set = (items: Document[], nextCursor = list.data.value?.nextCursor ?? null) => {
    list.data.value = { items, nextCursor }
  }

  /** Loads the list unless it is there. */
  async function load(): Promise<void> {
    if (!list.data.value) await list.execute()
  }

  async function loadMore(): Promise<void> {
    const cursor = list.data.value?.nextCursor
    if (!cursor) return
    const page = await api<Page<Document>>('/api/documents', { query: { cursor } })
    const known = new Set(items.value.map(item => item.id))
    set([...items.value, ...page.items.filter(item => !known.has(item.id))], page.nextCursor)
  }

  /** Applies a change that the server reported; a list that was never loaded stays so. */
  function apply(event: DocumentEvent): void {
    if (!list.data.value) return
    if (event.type === 'deleted') set(items.value.filter(item => item.id !== event.data.id))
    else if (items.value.some(item => item.id === event.data.id)) set(items.value.map(item => item.id === event.data.id ? event.data : item))
    else set([event.data, ...items.value])
  }

  const merge = (documents: Document[]) => documents.forEach(document => apply({ type: 'document', data: document }))

  async function remove(id: string): Promise<void> {
    const before = items.value
    set(before.filter(item => item.id !== id))
    try {
      await api(`/api/documents/${id}`, { method: 'DELETE' })
    }
    catch (error) {
      set(before)
      throw error
    }
  }

  async function rename(id: string, title: string): Promise<void> {
    merge([await api<Document>(`/api/documents/${id}`, { method: 'PATCH', body: { title } })])
  }

  /** Reads a failed document again. */
  async function retry(id: string): Promise<void> {
    const document = await api<Document | null>(`/api/documents/${id}/retry`, { method: 'POST' })
    if (document?.id) merge([document])
  }

  async function cancel(id: string): Promise<void> {
    const document = await api<Document | null>(`/api/documents/${id}/cancel`, { method: 'POST' })
    if (document?.id) merge([document])
  }

  return { list, items, hasMore, load, loadMore, apply, merge, remove, rename, retry, cancel, refresh: list.refresh }
}
