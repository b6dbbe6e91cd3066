import type { ChangeFeedback, Feedback, FeedbackCheck } from '#shared/schemas/feedback'
import type { Page } from '#shared/schemas/status'

const PAGE_SIZE = 100

/** Judged answers, newest first: the golden set. Changes show at once and are taken back when the server refuses. */
export function useJudged() {
  const api = useApi()
  const fetchPage = (cursor?: string) => api<Page<Feedback>>('/api/feedback', { query: { limit: PAGE_SIZE, cursor } })
  const list = useAsyncData('feedback', () => fetchPage(), { deep: false })
  const { items, hasMore, set, loadMore, optimistically } = pagedList(list.data, fetchPage)
  const replace = (changed: Feedback) => set(items.value.map(item => item.id === changed.id ? changed : item))

  const change = (id: string, patch: Pick<ChangeFeedback, 'kept'>) => optimistically(
    items.value.map(item => item.id === id ? { ...item, ...patch } : item),
    () => api(`/api/feedback/${id}`, { method: 'PATCH', body: patch }),
  )
  const remove = (id: string) => optimistically(items.value.filter(item => item.id !== id), () => api(`/api/feedback/${id}`, { method: 'DELETE' }))

  /** Searches for one question now. */
  async function check(id: string, signal: AbortSignal): Promise<FeedbackCheck> {
    const result = await api<FeedbackCheck>(`/api/feedback/${id}/checks`, { method: 'POST', signal })
    replace(result.feedback)
    return result
  }

  return { list, items, hasMore, loadMore, replace, change, remove, check }
}
