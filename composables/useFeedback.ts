import type { Message } from '#shared/schemas/chats'
import type { Feedback, Verdict, WantedPassage } from '#shared/schemas/feedback'

/** What the owner says of one answer. A verdict shows at once and is taken back when the server refuses. */
export function useFeedback(message: () => Message) {
  const api = useApi()
  const form = useFeedbackForm()
  const { run, tell } = useAction()
  const path = () => `/api/messages/${message().id}/feedback`
  const verdict = ref<Verdict | null>(message().verdict ?? null)
  watch(() => message().verdict, (stored) => {
    verdict.value = stored ?? null
  })

  async function set(next: Verdict | null): Promise<boolean> {
    const before = verdict.value
    verdict.value = next
    const done = await run(() => next ? api(path(), { method: 'PUT', body: { verdict: next } }) : api(path(), { method: 'DELETE' }))
    if (!done) verdict.value = before
    return done
  }

  /** The same thumb again takes it back. Thumbs down ask what was wrong. */
  async function judge(next: Verdict): Promise<void> {
    if (verdict.value === next) await set(null)
    else if (await set(next) && next === 'down') await edit()
  }

  /** Opens the note and the wanted passages of what was said. */
  async function edit(offered?: WantedPassage): Promise<void> {
    await run(async () => {
      const stored = await form.open(await api<Feedback>(path()), { offered })
      if (!stored) return
      verdict.value = stored.verdict
      tell('Noted with the answer.')
    })
  }

  /** Names a passage that should have been cited, also where the answer has not been judged yet. */
  async function want(passage: WantedPassage): Promise<void> {
    if (verdict.value !== null || await set('down')) await edit(passage)
  }

  return { verdict: readonly(verdict), judge, edit: () => edit(), want }
}
