import type { SearchResult } from '#shared/schemas/search'

interface Candidate { chunkId: string, stages: SearchResult['stages'], score: number, dropped: string | null }
interface Trace { retrievals: { candidates: Candidate[] }[] }

/** The stored retrieval trace of an answer, asked for when somebody wants to know. */
export interface TraceLoader {
  readonly pending: boolean
  load: () => Promise<void>
  candidate: (chunkId: string) => Candidate | null
}

export function useTrace(messageId: () => string | null): TraceLoader {
  const api = useApi()
  const trace = shallowRef<{ id: string, data: Trace | null } | null>(null)
  const pending = ref(false)

  async function load(): Promise<void> {
    const id = messageId()
    if (!id || pending.value || trace.value?.id === id) return
    pending.value = true
    try {
      trace.value = { id, data: await api<Trace>(`/api/messages/${id}/trace`) }
    }
    catch {
      trace.value = { id, data: null }
    }
    finally {
      pending.value = false
    }
  }

  function candidate(chunkId: string): Candidate | null {
    if (trace.value?.id !== messageId()) return null
    for (const retrieval of trace.value?.data?.retrievals ?? []) {
      const found = retrieval.candidates.find(item => item.chunkId === chunkId)
      if (found) return found
    }
    return null
  }

  return reactive({ pending: readonly(pending), load, candidate })
}
