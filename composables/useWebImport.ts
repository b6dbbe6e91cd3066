import type { UploadResult } from '#shared/schemas/documents'

/** Longer than the server gives a site to answer. */
const LIMIT_MS = 40_000

/** Adds pages and files by their address, where this copy allows it. */
export function useWebImport() {
  const api = useApi()
  const documents = useDocuments()
  const status = useStatus()
  const { tell } = useAction()
  const isOn = computed(() => status.data.value?.webImport ?? false)
  const isOpen = ref(false)
  const isBusy = ref(false)
  /** Why nothing was added, to be shown under the field. */
  const problem = ref<string | null>(null)

  async function add(url: string): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    problem.value = null
    try {
      const { documents: added, duplicates } = await api<UploadResult>('/api/documents/import', { method: 'POST', body: { url }, limitMs: LIMIT_MS })
      documents.add(added)
      if (added[0]) tell(`Added ${added[0].filename}`)
      else problem.value = `This is already here as “${duplicates[0]?.title}”.`
      isOpen.value = added.length === 0
    }
    catch (error) {
      problem.value = toApiError(error).message
    }
    finally {
      isBusy.value = false
    }
  }

  watch(isOpen, () => problem.value = null)
  useReloadHold(() => isOpen.value ? 'work' : null)

  return { isOn, isOpen, isBusy: readonly(isBusy), problem: readonly(problem), add }
}
