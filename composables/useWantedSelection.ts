import type { Document, DocumentPage } from '#shared/schemas/documents'
import type { Feedback } from '#shared/schemas/feedback'
import type { Page } from '#shared/schemas/status'
import { findSelected } from '#shared/utils/selection'

/** Pages that a selection may run over. */
const PAGES = 3

/** What the reader selects in the text of a document, as the passage that a judged answer should have cited. */
export function useWantedSelection(document: Readonly<Ref<Document>>, scroller: Readonly<Ref<HTMLElement | null>>) {
  const api = useApi()
  const { run, fail, tell } = useAction()
  const text = ref('')
  const pending = ref(false)

  /** The selection of the browser, as far as it begins inside a page of the text. */
  function current(): { selected: string, before: string, page: number } | null {
    const selection = window.getSelection()
    if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null
    const range = selection.getRangeAt(0)
    const start = range.startContainer
    const section = (start instanceof Element ? start : start.parentElement)?.closest<HTMLElement>('[data-page]')
    if (!section || !scroller.value?.contains(section)) return null
    const before = window.document.createRange()
    before.setStart(section, 0)
    before.setEnd(range.startContainer, range.startOffset)
    return { selected: selection.toString(), before: before.toString(), page: Number(section.dataset.page) }
  }

  function look(): void {
    text.value = current()?.selected.trim() ?? ''
  }

  onMounted(() => window.document.addEventListener('selectionchange', look))
  onBeforeUnmount(() => window.document.removeEventListener('selectionchange', look))

  /** Stores the selection with the judged answer, in the place of passages that it overlaps, and goes back to where it came from. */
  async function use(feedbackId: string): Promise<void> {
    const chosen = current()
    if (!chosen || pending.value) return
    pending.value = true
    await run(async () => {
      const { id } = document.value
      const { items } = await api<Page<DocumentPage>>(`/api/documents/${id}/pages`, { query: { from: chosen.page, count: PAGES } })
      const range = items[0] && findSelected({ start: items[0].start, text: items.map(page => page.text).join('') }, chosen.selected, chosen.before)
      if (!range) {
        fail({ data: { code: 'not_located', message: 'The selection could not be found in the text. Select running text without headings or page numbers.' }, status: 400 })
        return
      }
      const feedback = await api<Feedback>(`/api/feedback/${feedbackId}`)
      const others = feedback.wanted.filter(passage => passage.title !== null && !(passage.documentId === id && passage.start < range.end && passage.end > range.start))
      const wanted = [...others.map(({ documentId, start, end }) => ({ documentId, start, end })), { documentId: id, ...range }]
      const stored = await api<Feedback>(`/api/feedback/${feedbackId}`, { method: 'PATCH', body: { wanted } })
      tell('The passage was noted with the answer.')
      await navigateTo(stored.chatId ? `/chats/${stored.chatId}` : '/feedback')
    })
    pending.value = false
  }

  return { text: readonly(text), pending: readonly(pending), use }
}
