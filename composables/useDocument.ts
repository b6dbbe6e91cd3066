import type { Document } from '#shared/schemas/documents'

/** One document, kept up to date by what the server reports. Throws the page's 404 where there is none. */
export async function useDocument(id: string) {
  const api = useApi()
  const { data, error, refresh } = await useAsyncData(`document:${id}`, () => api<Document>(`/api/documents/${id}`), { deep: false })
  if (error.value) throw asPageError(error.value.cause ?? error.value)
  const isDeleted = ref(false)

  watch(useLatestDocument(), (event) => {
    if (event?.data.id !== id) return
    if (event.type === 'deleted') isDeleted.value = true
    else data.value = event.data
  })

  /** Shows a change before the server has confirmed it. */
  function patch(changes: Partial<Document>): void {
    if (data.value) data.value = { ...data.value, ...changes }
  }

  return { document: computed(() => data.value!), isDeleted, patch, refresh }
}
