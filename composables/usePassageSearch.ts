import type { WantedPassage } from '#shared/schemas/feedback'
import type { MessageTrace, TracedCandidate } from '#shared/schemas/trace'
import type { SearchResponse } from '#shared/schemas/search'

const SETTLE_MS = 300
/** Other candidates that are offered before anything is searched for. */
const OFFERED = 12

/** A passage that can be chosen, and how it begins. */
export interface OfferedPassage extends WantedPassage { text: string }

/** Passages to choose from: what else the search of an answer looked at, or what is searched for by hand. */
export function usePassageSearch(answerId: string | null) {
  const api = useApi()
  const text = ref('')
  const results = shallowRef<OfferedPassage[] | null>(null)
  const candidates = shallowRef<OfferedPassage[]>([])
  const problem = ref<string | null>(null)
  const pending = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = ''

  async function search(): Promise<void> {
    const q = text.value.trim()
    asked = q
    if (q === '') {
      results.value = null
      return
    }
    pending.value = true
    try {
      const found = await api<SearchResponse>('/api/search', { query: { q, limit: 10 } })
      if (asked !== q) return
      problem.value = null
      results.value = found.results.map(({ documentId, title, page, start, end, text }) => ({ documentId, title, page, start, end, quote: text, text }))
    }
    catch (error) {
      if (asked === q) problem.value = toApiError(error).message
    }
    finally {
      if (asked === q) pending.value = false
    }
  }

  watch(text, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void search(), SETTLE_MS)
  })
  onMounted(async () => {
    if (!answerId) return
    try {
      const trace = await api<MessageTrace>(`/api/messages/${answerId}/trace`)
      const seen = new Set<string>()
      candidates.value = trace.retrievals.flatMap(({ candidates }) => candidates).flatMap(candidate => toPassage(candidate))
        .filter(({ documentId, start }) => !seen.has(`${documentId}:${start}`) && seen.add(`${documentId}:${start}`)).slice(0, OFFERED)
    }
    catch {
      // Without its trace there is still the search.
    }
  })
  onBeforeUnmount(() => clearTimeout(timer))

  return { text, results, candidates, problem: readonly(problem), pending: readonly(pending) }
}

function toPassage({ documentId, title, place }: TracedCandidate): OfferedPassage[] {
  return place && title ? [{ documentId, title, page: place.page, start: place.start, end: place.end, quote: place.excerpt, text: place.excerpt }] : []
}
