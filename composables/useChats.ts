import { v7 as uuid } from 'uuid'
import type { Chat, SearchFilters } from '#shared/schemas/chats'
import type { Page } from '#shared/schemas/status'

/** How long a new chat is asked for while the server is away. */
const CREATE_PATIENCE_MS = 30_000

/** The list of chats in the sidebar, newest first. Changes show at once and are taken back when the server refuses. */
export function useChats() {
  const api = useApi()
  const list = useAsyncData('chats', () => api<Page<Chat>>('/api/chats'), { deep: false, dedupe: 'defer', getCachedData: keepFetched })
  const { items, hasMore, set, loadMore, optimistically } = pagedList(list.data, cursor => api<Page<Chat>>('/api/chats', { query: { cursor } }))

  /** Puts a new or changed chat at its place. */
  function upsert(chat: Chat): void {
    const others = items.value.filter(item => item.id !== chat.id)
    set([plain(chat), ...others].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt)))
  }

  /** A new chat; later questions are limited by `filters` as the first one is. */
  async function create(model: string | null, filters: SearchFilters): Promise<Chat> {
    // With an id of its own the request may be sent again: it makes one chat.
    const body = { id: uuid(), ...model && { model } }
    let chat = await api<Chat>('/api/chats', { method: 'POST', body, patienceMs: CREATE_PATIENCE_MS })
    if (Object.keys(filters).length > 0) chat = await api<Chat>(`/api/chats/${chat.id}`, { method: 'PATCH', body: { filters } })
    upsert(chat)
    return chat
  }

  async function rename(id: string, title: string): Promise<void> {
    await optimistically(
      items.value.map(item => item.id === id ? { ...item, title } : item),
      () => api(`/api/chats/${id}`, { method: 'PATCH', body: { title } }),
    )
  }

  async function remove(id: string): Promise<void> {
    await optimistically(items.value.filter(item => item.id !== id), () => api(`/api/chats/${id}`, { method: 'DELETE' }))
  }

  return { list, items, hasMore, upsert, create, rename, remove, loadMore, refresh: list.refresh }
}

/** A chat as the list keeps it, without the messages it may carry. */
function plain({ id, title, model, filters, createdAt, updatedAt }: Chat): Chat {
  return { id, title, model, filters, createdAt, updatedAt }
}
