import type { Document } from '#shared/schemas/documents'

/** Documents found by their title, from the whole library; the rest of it is loaded with the first letter that is typed. */
export function useDocumentSearch(most: number) {
  const documents = useDocuments()
  const { run } = useAction()
  const text = ref('')
  const isCompleting = ref(false)
  const found = computed<Document[]>(() => {
    const wanted = text.value.trim().toLowerCase()
    return documents.items.value.filter(({ title, filename }) => title.toLowerCase().includes(wanted) || filename.toLowerCase().includes(wanted)).slice(0, most)
  })
  onMounted(documents.load)
  watch(text, async () => {
    if (isCompleting.value) return
    isCompleting.value = true
    while (documents.hasMore.value && await run(documents.loadMore));
    isCompleting.value = false
  })

  return { text, found, isCompleting: readonly(isCompleting), isEmpty: computed(() => documents.items.value.length === 0) }
}
