import type { Document, DocumentEvent } from '#shared/schemas/documents'

/** Counts are asked for at most this often while many documents change. */
const COUNTS_EVERY_MS = 1_000

/**
 * Keeps the list of documents and whatever shows one of them up to date while the calling component lives.
 * `onCounts` is called when a document came, went or changed its status.
 */
export function useLiveDocuments({ onCounts }: { onCounts: () => unknown }) {
  const documents = useDocuments()
  const latest = useLatestDocument()
  const connections = useLiveConnections()
  const live = useLiveState()
  const statuses = new Map<string, Document['status']>()
  let counting: ReturnType<typeof setTimeout> | undefined
  let stream: { close: () => void } | null = null

  function countSoon() {
    counting ??= setTimeout(() => {
      counting = undefined
      onCounts()
    }, COUNTS_EVERY_MS)
  }

  function receive(type: string, data: unknown) {
    const event = { type, data } as DocumentEvent
    documents.apply(event)
    latest.value = event
    if (event.type === 'deleted') statuses.delete(event.data.id)
    else if (statuses.get(event.data.id) === event.data.status) return
    else statuses.set(event.data.id, event.data.status)
    countSoon()
  }

  onMounted(() => {
    stream = followEvents({
      path: '/api/documents/events',
      types: ['document', 'deleted'],
      onEvent: receive,
      // Also the first time: the stream does not tell what happened since the page was made.
      onState: (state) => {
        live.value = state
        if (state !== 'open') return
        if (documents.list.data.value) documents.refresh()
        onCounts()
        connections.value++
      },
    })
  })
  onBeforeUnmount(() => {
    stream?.close()
    clearTimeout(counting)
  })
}

/** The last change of any document, for pages that show one. */
export function useLatestDocument() {
  return useState<DocumentEvent | null>('latest-document', () => null)
}

/** How often the stream of changes was opened: whatever was read before may be out of date. */
export function useLiveConnections() {
  return useState('live-connections', () => 0)
}

/** How the stream of changes stands: while it is lost, the server is. */
export function useLiveState() {
  return useState<StreamState>('live-state', () => 'connecting')
}
