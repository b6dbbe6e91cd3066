import { fileProblem, uploadOutcome, type UploadOutcome } from '#shared/utils/upload-outcome'
import { isAway, pauseBefore } from '#shared/utils/away'
import type { UploadResult } from '#shared/schemas/documents'

export interface Upload {
  id: number
  name: string
  size: number
  /** Bytes that have left the browser. */
  sent: number
  state: 'waiting' | 'sending' | 'storing' | 'retrying' | UploadOutcome['state']
  message: string | null
  /** The new document, or the one that has the same bytes. */
  document: { id: string, title: string } | null
}

/** More would only share one connection's speed and each take longer. */
const AT_ONCE = 3
/** A file is sent so often at the most, and the server waited for so long in between. */
const TRIES = 4
const PATIENCE_MS = 60_000

// Files and requests live in the browser alone, and on while the reader looks at other pages.
const files = new Map<number, File>()
const requests = new Map<number, XMLHttpRequest>()
/** By upload: when it was first sent, on the clock of `performance.now()`. */
const firstSent = new Map<number, number>()
let lastId = 0

/** Uploads of this tab, each with its own progress. */
export function useUploads() {
  const uploads = useState<Upload[]>('uploads', () => [])
  const documents = useDocuments()
  const api = useApi()
  const { expire } = useSession()
  const signIns = useSignIns()
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
      firstSent.set(waiting.id, performance.now())
      send(waiting.id, 1)
    }
  }

  function send(id: number, attempt: number): void {
    const file = files.get(id)
    if (!file) return update(id, { state: 'failed', message: 'The file is no longer at hand. Choose it again.' })
    const request = new XMLHttpRequest()
    const asked = signIns.value
    requests.set(id, request)
    request.open('POST', '/api/documents')
    request.responseType = 'json'
    request.upload.onprogress = ({ loaded, total }) => {
      // The body is a little longer than the file: its frame is counted as well.
      update(id, { sent: total > 0 ? Math.round(file.size * loaded / total) : 0, state: loaded < total ? 'sending' : 'storing' })
    }
    request.onloadend = () => {
      if (requests.get(id) !== request) return
      if (isAway(request.status, request.response) && attempt < TRIES) void sendAgain(id, request, attempt + 1)
      else settle(id, request, asked)
    }
    const form = new FormData()
    form.append('file', file, file.name)
    update(id, { state: 'sending', sent: 0, message: null })
    request.send(form)
  }

  /** Waits for the server, then sends the file again. That is safe: a file that did arrive is known by its content. */
  async function sendAgain(id: number, broken: XMLHttpRequest, attempt: number): Promise<void> {
    update(id, { state: 'retrying', sent: 0 })
    await new Promise(resolve => setTimeout(resolve, pauseBefore(attempt)))
    // What the server says to a small question is told when the file is sent.
    await api('/api/status', { patienceMs: PATIENCE_MS }).catch(() => null)
    if (requests.get(id) === broken) send(id, attempt)
  }

  function settle(id: number, request: XMLHttpRequest, asked: number): void {
    requests.delete(id)
    const outcome = uploadOutcome(request.status, request.response)
    if (outcome.state === 'duplicate' && isOwnCopy(id, request)) outcome.state = 'added'
    update(id, outcome)
    if (outcome.state !== 'failed') files.delete(id)
    firstSent.delete(id)
    if (outcome.state === 'added') documents.add((request.response as UploadResult).documents)
    if (request.status === 401) void nuxtApp.runWithContext(() => expire(asked))
    startNext()
  }

  /**
   * Whether the copy that is there came with an earlier try of this very upload, whose answer was lost: browsers too send
   * a request again when a connection breaks. Times are compared on the server's clock.
   */
  function isOwnCopy(id: number, request: XMLHttpRequest): boolean {
    const [copy] = (request.response as UploadResult).duplicates
    const now = Date.parse(request.getResponseHeader('date') ?? '')
    const sent = firstSent.get(id)
    if (!copy || sent === undefined || uploads.value.some(upload => upload.state === 'added' && upload.document?.id === copy.id)) return false
    // The header counts whole seconds.
    return Date.parse(copy.createdAt) >= now - (performance.now() - sent) - 1_000
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
    firstSent.delete(id)
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
  return state === 'waiting' || state === 'sending' || state === 'storing' || state === 'retrying'
}

/** Keeps the page from being left or loaded anew while files are on their way, and while one waits to be sent again. */
export function useUploadGuard(): void {
  const { uploads, active } = useUploads()
  useReloadHold(() => uploads.value.some(({ state }) => isActive(state) || state === 'failed') ? 'work' : null)

  function warn(event: BeforeUnloadEvent) {
    if (active.value > 0) event.preventDefault()
  }
  onMounted(() => window.addEventListener('beforeunload', warn))
  onBeforeUnmount(() => window.removeEventListener('beforeunload', warn))
}
