import { FeedbackForm } from '#components'
import type { Feedback, GiveFeedback, Verdict, WantedPassage } from '#shared/schemas/feedback'
import type { Message } from '#shared/schemas/chats'

/** What the owner says of one answer. A verdict shows at once and is taken back when the server refuses. */
export function useFeedback(message: () => Message) {
  const api = useApi()
  const { run } = useAction()
  const overlay = useOverlay()
  const verdict = ref<Verdict | null>(message().verdict ?? null)
  watch(() => message().verdict, (stored) => {
    verdict.value = stored ?? null
  })
  const path = () => `/api/messages/${message().id}/feedback`

  async function set(next: Verdict | null, send: () => Promise<unknown>): Promise<boolean> {
    const before = verdict.value
    verdict.value = next
    const done = await run(send)
    if (!done) verdict.value = before
    return done
  }

  const give = (feedback: GiveFeedback) => set(feedback.verdict, () => api(path(), { method: 'PUT', body: feedback }))

  /** The same thumb again takes it back. Thumbs down ask what was wrong. */
  async function judge(next: Verdict): Promise<void> {
    if (verdict.value === next) await set(null, () => api(path(), { method: 'DELETE' }))
    else if (await give({ verdict: next, note: '' }) && next === 'down') await edit()
  }

  /** Opens the note and the wanted passages of what was said. */
  async function edit(offered: WantedPassage[] = []): Promise<void> {
    let stored: Feedback | null = null
    if (!await run(async () => {
      stored = await api<Feedback>(path())
    }) || !stored) return
    const feedback: Feedback = stored
    const known = new Set(feedback.wanted.map(({ documentId, start }) => `${documentId}:${start}`))
    const wanted = [...feedback.wanted, ...offered.filter(({ documentId, start }) => !known.has(`${documentId}:${start}`))]
    const changed = await overlay.create(FeedbackForm, { destroyOnClose: true }).open({ feedback: { ...feedback, wanted }, answerId: message().id }).result as GiveFeedback | null | undefined
    if (changed) await give(changed)
  }

  /** Names a passage that should have been cited, on an answer that may not have been judged yet. */
  async function want(passage: WantedPassage): Promise<void> {
    if (verdict.value === null && !await give({ verdict: 'down', note: '' })) return
    await edit([passage])
  }

  return { verdict: readonly(verdict), judge, edit, want }
}
