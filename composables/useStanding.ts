import type { DocumentStanding } from '#shared/schemas/trace'

/** Why a document is not among what an answer used. */
export function useStanding(messageId: () => string) {
  const api = useApi()
  const standing = shallowRef<DocumentStanding | null>(null)
  const problem = ref<string | null>(null)
  const pending = ref(false)
  let asked = ''

  async function ask(documentId: string): Promise<void> {
    asked = documentId
    pending.value = true
    problem.value = null
    try {
      const found = await api<DocumentStanding>(`/api/messages/${messageId()}/documents/${documentId}`)
      if (asked === documentId) standing.value = found
    }
    catch (error) {
      if (asked !== documentId) return
      standing.value = null
      problem.value = toApiError(error).message
    }
    finally {
      if (asked === documentId) pending.value = false
    }
  }

  return { standing, problem: readonly(problem), pending: readonly(pending), ask }
}
