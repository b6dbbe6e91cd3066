import { MAX_BOXED_CHARS, type DocumentBoxes } from '#shared/schemas/documents'
import type { TextRange } from '#shared/utils/document-layout'

const NOWHERE: DocumentBoxes = { located: false, pages: [] }

/** Where the cited range stands on the original pages; null while nothing is cited, or not yet known. */
export function useDocumentBoxes(id: string, range: () => TextRange | null) {
  const api = useApi()
  const loaded = useAsyncData(`document-boxes:${id}`, async () => {
    const wanted = range()
    return wanted && { range: wanted, found: await find(wanted) }
  }, { deep: false, immediate: false })

  /** What cannot be asked for is not located either: the text shows it all the same. */
  async function find({ start, end }: TextRange): Promise<DocumentBoxes> {
    if (end - start > MAX_BOXED_CHARS) return NOWHERE
    return await api<DocumentBoxes>(`/api/documents/${id}/boxes`, { query: { start, end } }).catch(() => NOWHERE)
  }

  const boxes = computed(() => {
    const wanted = range()
    const known = loaded.data.value
    return wanted && known && known.range.start === wanted.start && known.range.end === wanted.end ? known.found : null
  })

  /** Asks for the boxes of the current range unless they are here. */
  async function begin(): Promise<void> {
    if (range() && !boxes.value) await loaded.execute()
  }

  return { boxes, begin }
}
