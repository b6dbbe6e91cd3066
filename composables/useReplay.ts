import type { ReplaySettings, TracedSearch } from '#shared/schemas/trace'

/** How long a setting has to stand still before it is searched with. */
const SETTLE_MS = 250

/** Searches again for an answer's question whenever the settings change; an older search that comes late is not shown. */
export function useReplay(messageId: () => string, settings: Readonly<Ref<ReplaySettings>>) {
  const api = useApi()
  const result = shallowRef<TracedSearch | null>(null)
  const problem = ref<string | null>(null)
  const pending = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: AbortController | null = null

  async function search(): Promise<void> {
    running?.abort()
    const own = running = new AbortController()
    pending.value = true
    try {
      const found = await api<TracedSearch>(`/api/messages/${messageId()}/replays`, { method: 'POST', body: { ...settings.value }, signal: own.signal })
      if (running !== own) return
      result.value = found
      problem.value = null
    }
    catch (error) {
      const { code, message } = toApiError(error)
      if (running === own && code !== 'cancelled') problem.value = message
    }
    finally {
      if (running === own) pending.value = false
    }
  }

  watch(settings, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void search(), SETTLE_MS)
  }, { deep: true })
  onMounted(search)
  onBeforeUnmount(() => {
    clearTimeout(timer)
    running?.abort()
  })

  return { result, problem: readonly(problem), pending: readonly(pending), search }
}
