import type { Document } from '#shared/schemas/documents'

/** One document, kept up to date by what the server reports. `load` throws the page's 404 where there is none. */
export function useDocument(id: string) {
  const api = useApi()
  const loaded = useAsyncData(`document:${id}`, () => api<Document>(`/api/documents/${id}`), { deep: false, immediate: false })
  const isDeleted = ref(false)

  watch(useLatestDocument(), (event) => {
    if (event?.data.id !== id) return
    if (event.type === 'deleted') isDeleted.value = true
    else loaded.data.value = event.data
  })

  // What changed before the stream stood is not reported; a document that was ready then has hardly changed.
  watch(useLiveConnections(), (connections) => {
    if (loaded.data.value && (connections > 1 || loaded.data.value.status !== 'ready')) void refresh()
  })

  /** An event that comes while the answer is on its way is the newer of the two. */
  async function refresh(): Promise<void> {
    const before = loaded.data.value
    try {
      const document = await api<Document>(`/api/documents/${id}`)
      if (loaded.data.value === before) loaded.data.value = document
    }
    catch (error) {
      if (toApiError(error).status === 404) isDeleted.value = true
    }
  }

  async function load(): Promise<void> {
    await loaded.execute()
    const error = loaded.error.value
    if (error) throw asPageError(error.cause ?? error)
  }

  /** Shows a change that this page made. */
  function patch(changes: Partial<Document>): void {
    if (loaded.data.value) loaded.data.value = { ...loaded.data.value, ...changes }
  }

  return { document: computed(() => loaded.data.value!), isDeleted, patch, load }
}
