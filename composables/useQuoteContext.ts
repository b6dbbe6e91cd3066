import type { Citation } from '#shared/schemas/chats'

/** Characters shown on each side of a quote. */
const AROUND = 220

const fetched = new Map<string, { before: string, after: string }>()

/**
 * The words before and after a quote, read from the document's canonical text. Empty until they are there, and where
 * the document has been deleted: the quote stands alone then.
 */
export function useQuoteContext(citation: () => Citation) {
  const api = useApi()
  const context = shallowRef({ before: '', after: '' })

  watch(citation, async ({ documentId, start, end, sourceDeletedAt }) => {
    const key = `${documentId}:${start}:${end}`
    const known = fetched.get(key)
    context.value = known ?? { before: '', after: '' }
    if (known || sourceDeletedAt) return
    const from = Math.max(0, start - AROUND)
    try {
      const text = await api<string>(`/api/documents/${documentId}/text`, { query: { start: from, end: end + AROUND } })
      const found = { before: wordsAfterCut(text.slice(0, start - from), from > 0), after: text.slice(end - from).replace(/\s+\S*$/, '') }
      fetched.set(key, found)
      context.value = found
    }
    catch { /* the quote itself is there */ }
  }, { immediate: true })

  return { context }
}

/** Leaves out the word that the cut went through. */
function wordsAfterCut(text: string, isCut: boolean): string {
  return isCut ? text.replace(/^\S*\s+/, '') : text
}
