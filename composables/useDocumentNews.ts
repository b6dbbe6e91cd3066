import type { Document } from '#shared/schemas/documents'

/** A sentence for screen readers when a document has become ready or has failed; its progress would only interrupt. */
export function useDocumentNews() {
  const news = ref('')
  const statuses = new Map<string, Document['status']>()

  watch(useLatestDocument(), (event) => {
    if (!event) return
    if (event.type === 'deleted') {
      statuses.delete(event.data.id)
      return
    }
    const { id, title, status, error } = event.data
    const before = statuses.get(id)
    statuses.set(id, status)
    if (status === before) return
    if (status === 'ready') news.value = `“${title}” is ready.`
    else if (status === 'failed') news.value = `“${title}” could not be read. ${error?.message ?? ''}`
  })

  return readonly(news)
}
