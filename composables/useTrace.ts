import type { MessageTrace, TracedCandidate } from '#shared/schemas/trace'

/** The stored trace of an answer, asked for when somebody wants to know. */
export interface TraceLoader {
  readonly pending: boolean
  /** Null until it was asked for, and where there is none. */
  readonly trace: MessageTrace | null
  readonly error: Error | null
  load: () => Promise<void>
  candidate: (chunkId: string) => TracedCandidate | null
}

export function useTrace(messageId: () => string | null): TraceLoader {
  const api = useApi()
  const loaded = shallowRef<{ id: string, trace: MessageTrace | null, error: Error | null } | null>(null)
  const pending = ref(false)
  const trace = computed(() => loaded.value?.id === messageId() ? loaded.value?.trace ?? null : null)
  const error = computed(() => loaded.value?.id === messageId() ? loaded.value?.error ?? null : null)

  async function load(): Promise<void> {
    const id = messageId()
    if (!id || pending.value || (loaded.value?.id === id && !loaded.value.error)) return
    pending.value = true
    try {
      loaded.value = { id, trace: await api<MessageTrace>(`/api/messages/${id}/trace`), error: null }
    }
    catch (failure) {
      const error = toApiError(failure)
      // An answer that failed before it searched has none.
      loaded.value = { id, trace: null, error: error.status === 404 ? null : error }
    }
    finally {
      pending.value = false
    }
  }

  function candidate(chunkId: string): TracedCandidate | null {
    for (const retrieval of trace.value?.retrievals ?? []) {
      const found = retrieval.candidates.find(item => item.chunkId === chunkId)
      if (found) return found
    }
    return null
  }

  return reactive({ pending: readonly(pending), trace, error, load, candidate })
}
