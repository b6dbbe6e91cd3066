import type { Document, DocumentEvent } from '#shared/schemas/documents'
import type { Page } from '#shared/schemas/status'
import type { ErasureOptions, ErasureReceipt } from '#shared/schemas/erasure'
import { newestFirst } from '#shared/utils/document-list'

/** Documents asked for at a time. */
const PAGE_SIZE = 50

/**
 * What the server reported since the list was last asked for, in the browser alone. Answers and events come over
 * different connections, and a document has no version: an event that overtook an answer is the newer of the two.
 */
const reported = new Map<string, DocumentEvent>()

/**
 * The library, newest first. Live once `useLiveDocuments` runs (the default layout does). Changes show at once and are
 * taken back when the server refuses.
 */
export function useDocuments() {
  const api = useApi()
  const list = useAsyncData('documents', () => fetchPages(loadedPages()), { deep: false, dedupe: 'defer', immediate: false })
  /** Documents that the reader deleted and the server has not yet; what is reported of them meanwhile is not shown. */
  const leaving = useState<string[]>('documents-leaving', () => [])

  const { items, hasMore, set, loadMore } = pagedList(list.data, async (cursor) => {
    const page = await fetchPage(cursor)
    return { ...page, items: page.items.filter(({ id }) => !leaving.value.includes(id)) }
  })

  /** The newest documents, as many pages as were loaded: a refresh does not shorten the list under the reader. */
  async function fetchPages(count: number): Promise<Page<Document>> {
    reported.clear()
    let page = await fetchPage()
    const found = page.items
    for (let loaded = 1; loaded < count && page.nextCursor; loaded++) {
      page = await fetchPage(page.nextCursor)
      found.push(...page.items)
    }
    return { items: withReported(found, page.nextCursor !== null), nextCursor: page.nextCursor }
  }

  /** What was found, with what was reported meanwhile. A document behind the end of an unfinished list comes with its page. */
  function withReported(found: Document[], isCut: boolean): Document[] {
    const last = found.at(-1)
    const documents = new Map(found.map(document => [document.id, document]))
    for (const [id, event] of reported) {
      if (event.type === 'deleted') documents.delete(id)
      else if (documents.has(id) || !isCut || !last || newestFirst(event.data, last) < 0) documents.set(id, event.data)
    }
    for (const id of leaving.value) documents.delete(id)
    return [...documents.values()].sort(newestFirst)
  }

  function fetchPage(cursor?: string): Promise<Page<Document>> {
    return api<Page<Document>>('/api/documents', { query: { limit: PAGE_SIZE, cursor } })
  }

  function loadedPages(): number {
    return Math.max(1, Math.ceil(items.value.length / PAGE_SIZE))
  }

  /** Loads the list unless it is there. */
  async function load(): Promise<void> {
    if (!list.data.value) await list.execute()
  }

  /** Applies a change that the server reported; a list that was never loaded stays so. */
  function apply(event: DocumentEvent): void {
    if (import.meta.client) reported.set(event.data.id, event)
    if (!list.data.value || leaving.value.includes(event.data.id)) return
    const others = items.value.filter(item => item.id !== event.data.id)
    if (event.type === 'deleted') set(others)
    else if (others.length < items.value.length) set(items.value.map(item => item.id === event.data.id ? event.data : item))
    else set([...others, event.data].sort(newestFirst))
  }

  /** Shows documents that an answer named, unless an event has told of them already. */
  function add(documents: Document[]): void {
    merge(documents.filter(({ id }) => !reported.has(id) && !items.value.some(item => item.id === id)))
  }

  const merge = (documents: Document[]) => documents.forEach(document => apply({ type: 'document', data: document }))

  /** Resolves when the server has deleted it, to the receipt; null when somebody else had deleted it. */
  async function remove(id: string, { answers }: ErasureOptions): Promise<ErasureReceipt | null> {
    const removed = items.value.find(item => item.id === id)
    leaving.value = [...leaving.value, id]
    set(items.value.filter(item => item.id !== id))
    try {
      const receipt = await api<ErasureReceipt>(`/api/documents/${id}`, { method: 'DELETE', query: { answers } })
      leaving.value = leaving.value.filter(other => other !== id)
      return receipt
    }
    catch (error) {
      leaving.value = leaving.value.filter(other => other !== id)
      // Deleted meanwhile, from another tab: what was asked for has come true.
      if (toApiError(error).status === 404) return null
      if (removed) merge([removed])
      throw error
    }
  }

  async function rename(id: string, title: string): Promise<void> {
    const before = items.value.find(item => item.id === id)
    if (before) merge([{ ...before, title }])
    try {
      merge([await api<Document>(`/api/documents/${id}`, { method: 'PATCH', body: { title } })])
    }
    catch (error) {
      const now = items.value.find(item => item.id === id)
      if (before && now) merge([{ ...now, title: before.title }])
      throw error
    }
  }

  /** Reads a failed document again. */
  async function retry(id: string): Promise<void> {
    const before = items.value.find(item => item.id === id)
    // Shown before it is asked for: the answer may come when reading has ended already.
    if (before) merge([{ ...before, status: 'queued', error: null, progress: { step: 'queued', done: 0, total: 0, secondsLeft: null } }])
    try {
      await api(`/api/documents/${id}/retry`, { method: 'POST' })
    }
    catch (error) {
      if (before) merge([before])
      throw error
    }
  }

  async function cancel(id: string): Promise<void> {
    const document = await api<Document | null>(`/api/documents/${id}/cancel`, { method: 'POST' })
    if (document?.id) merge([document])
  }

  /** Makes a document the new version of another one, or of none. The other one's change is reported. */
  async function replace(id: string, replaces: string | null): Promise<void> {
    merge([await api<Document>(`/api/documents/${id}`, { method: 'PATCH', body: { replaces } })])
  }

  return { list, items, hasMore, load, loadMore, apply, add, remove, rename, retry, cancel, replace, refresh: list.refresh }
}
