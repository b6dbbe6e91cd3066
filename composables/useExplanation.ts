import { TraceSheet } from '#components'
import type { Message } from '#shared/schemas/chats'
import type { WantedPassage } from '#shared/schemas/feedback'

/**
 * Opens what there is to know of how an answer's sources were found.
 *
 * @param want called with a passage that should have been cited, after the sheet has closed
 */
export function useExplanation(message: () => Message, want: (passage: WantedPassage) => unknown) {
  const overlay = useOverlay()

  async function explain(): Promise<void> {
    const passage: unknown = await overlay.create(TraceSheet, { destroyOnClose: true }).open({ message: message() }).result
    if (passage) want(passage as WantedPassage)
  }

  return { explain }
}
