import type { DocumentChunk } from '#shared/schemas/documents'
import type { Page } from '#shared/schemas/status'
import { locate } from '#shared/utils/locate'

const CHUNKS_AT_A_TIME = 50
/** Chunks shown before the one that was looked for. */
const BEFORE = 2

/** A run of consecutive chunks of a document that grows at both ends. */
export function useDocumentChunks(id: string, total: () => number, position: () => number | null) {
  const api = useApi()
  const loaded = useAsyncData(`document-chunks:${id}`, loadStart, { deep: false, immediate: false })
  const chunks = computed(() => loaded.data.value?.items ?? [])
  const hasPrevious = computed(() => (chunks.value[0]?.ordinal ?? 0) > 0)
  const hasNext = computed(() => Boolean(loaded.data.value?.nextCursor))

  /** The API's cursor is the ordinal to begin with. */
  function fetchChunks(from: number, limit: number): Promise<Page<DocumentChunk>> {
    return api<Page<DocumentChunk>>(`/api/documents/${id}/chunks`, { query: { cursor: from, limit } })
  }

  async function loadStart(): Promise<Page<DocumentChunk>> {
    const wanted = position()
    if (wanted === null) return await fetchChunks(0, CHUNKS_AT_A_TIME)
    const number = await locate(wanted, total(), async n => (await fetchChunks(n - 1, 1)).items[0] ?? null)
    return await fetchChunks(Math.max(0, (number ?? 1) - 1 - BEFORE), CHUNKS_AT_A_TIME)
  }

  async function loadPrevious(): Promise<void> {
    const first = chunks.value[0]?.ordinal ?? 0
    const from = Math.max(0, first - CHUNKS_AT_A_TIME)
    if (from === first) return
    const { items } = await fetchChunks(from, first - from)
    loaded.data.value = { items: [...items, ...chunks.value], nextCursor: loaded.data.value?.nextCursor ?? null }
  }

  async function loadNext(): Promise<void> {
    const last = chunks.value.at(-1)
    if (!last || !hasNext.value) return
    const { items, nextCursor } = await fetchChunks(last.ordinal + 1, CHUNKS_AT_A_TIME)
    loaded.data.value = { items: [...chunks.value, ...items], nextCursor }
  }

  /** Loads the chunks around the position unless they are here. */
  async function begin(): Promise<void> {
    const wanted = position()
    const isHere = wanted === null ? chunks.value.length > 0 : chunks.value.some(({ start, end }) => start <= wanted && wanted < end)
    if (!isHere) await loaded.execute()
  }

  return { chunks, hasPrevious, hasNext, begin, loadPrevious, loadNext, status: loaded.status, error: loaded.error }
}
