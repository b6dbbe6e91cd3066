import { FeedbackForm } from '#components'
import type { ChangeFeedback, Feedback, WantedPassage } from '#shared/schemas/feedback'

/** What the form was closed with: what to change, and where to go on in order to choose the exact words. */
export interface FeedbackFormResult { change: ChangeFeedback, goTo: string | null }

/** The note and the wanted passages of a judged answer, in a dialog. */
export function useFeedbackForm() {
  const api = useApi()
  const overlay = useOverlay()
  const { run } = useAction()

  /**
   * Resolves to what is stored then, or to null when nothing was changed or the reader goes on in a document.
   *
   * @param options.offered a passage that is chosen already
   * @param options.hasQuestion whether the question's words can be changed as well
   */
  async function open(feedback: Feedback, options: { offered?: WantedPassage, hasQuestion?: boolean } = {}): Promise<Feedback | null> {
    const result = await overlay.create(FeedbackForm, { destroyOnClose: true })
      .open({ feedback, offered: options.offered ?? null, hasQuestion: options.hasQuestion ?? false }).result as FeedbackFormResult | null | undefined
    if (!result) return null
    let stored: Feedback | null = null
    await run(async () => {
      const changed = await api<Feedback>(`/api/feedback/${feedback.id}`, { method: 'PATCH', body: { ...result.change } })
      if (result.goTo) await navigateTo(result.goTo)
      else stored = changed
    })
    return stored
  }

  return { open }
}
