import { fileProblem, uploadOutcome, type UploadOutcome } from '#shared/utils/upload-outcome'
import type { UploadResult } from '#shared/schemas/documents'

export interface Upload {
  id: number
  name: string
  size: number
  /** Bytes that have left the browser. */
  sent: number
  state: 'waiting' | 'sending' | 'storing' | UploadOutcome['state']
  message: string | null
  /** The new document, or the one that has the same bytes. */
  document: { id: string, title: string } | null
}

/** More would only share one connection's speed and each take longer. */
const AT_ONCE = 3
/** A connection that broke once is often back at once. */
const NETWORK_RETRIES = 1
const RETRY_AFTER_MS = 1_000

// Files and requests live in the browser alone, and on while the reader looks at other pages.
const files = new Map<number, File>()
const requests = new Map<number, XMLHttpRequest>()
let lastId = 0

/** Uploads of this tab, each with its own progress. */
export function useUploads() {
  const uploads = useState<Upload[]>('uploads', () => [])
  const documents = useDocuments()
  const { expire } = useSession()
  const nuxtApp = useNuxtApp()
  const active = computed(() => uploads.value.filter(({ state }) => isActive(state)).length)

  function update(id: number, changes: Partial<Upload>): void {
    uploads.value = uploads.value.map(upload => upload.id === id ? { ...upload, ...changes } : upload)
  }

  /** Takes files in the order in which they were given; those that cannot be taken say why at once. */
  function add(chosen: Iterable<File>): void {
    const added: Upload[] = []
    for (const file of chosen) {
      const message = fileProblem(file)
      const id = ++lastId
      if (!message) files.set(id, file)
      added.push({ id, name: file.name, size: file.size, sent: 0, state: message ? 'rejected' : 'waiting', message, document: null })
    }
    uploads.value = [...uploads.value, ...added]
    startNext()
  }

  function startNext(): void {
    while (requests.size < AT_ONCE) {
      const waiting = uploads.value.find(({ id, state }) => state === 'waiting' && !requests.has(id))
      if (!waiting) return
      send(waiting.id, NETWORK_RETRIES)
    }
  }

  function send(id: number, retries: number): void {
    const file = files.get(id)
    if (!file) return update(id, { state: 'failed', message: 'The file is no longer at hand. Choose it again.' })
    const request = new XMLHttpRequest()
    requests.set(id, request)
    request.open('POST', '/api/documents')
    request.responseType = 'json'
    request.upload.onprogress = ({ loaded, total }) => {
      // The body is a little longer than the file: its frame is counted as well.
      update(id, { sent: total > 0 ? Math.round(file.size * loaded / total) : 0, state: loaded < total ? 'sending' : 'storing' })
    }
    request.onload = () => settle(id, request)
    request.onerror = () => {
      if (retries > 0) setTimeout(() => requests.get(id) === request && send(id, retries - 1), RETRY_AFTER_MS)
      else settle(id, request)
    }
    const form = new FormData()
    form.append('file', file, file.name)
    update(id, { state: 'sending', sent: 0, message: null })
    request.send(form)
  }

  function settle(id: number, request: XMLHttpRequest): void {
    requests.delete(id)
    const outcome = uploadOutcome(request.status, request.response)
    update(id, outcome)
    if (outcome.state !== 'failed') files.delete(id)
    if (outcome.state === 'added') documents.add((request.response as UploadResult).documents)
    if (request.status === 401) void nuxtApp.runWithContext(expire)
    startNext()
  }

  function retry(id: number): void {
    update(id, { state: 'waiting', message: null, sent: 0 })
    startNext()
  }

  /** Stops an upload and takes it off the list. */
  function cancel(id: number): void {
    const request = requests.get(id)
    requests.delete(id)
    files.delete(id)
    request?.abort()
    uploads.value = uploads.value.filter(upload => upload.id !== id)
    startNext()
  }

  /** Takes what has ended off the list. */
  function clear(): void {
    for (const { id, state } of uploads.value) if (!isActive(state)) files.delete(id)
    uploads.value = uploads.value.filter(({ state }) => isActive(state))
  }

  return { uploads: readonly(uploads), active, add, retry, cancel, clear }
}

export function isActive(state: Upload['state']): boolean {
  return state === 'waiting' || state === 'sending' || state === 'storing'
}
