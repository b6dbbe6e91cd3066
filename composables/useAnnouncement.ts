import type { Message } from '#shared/schemas/chats'
import type { RunState } from '#shared/utils/run-state'

/** What a screen reader is told while an answer is written: the steps and the end, not every word. */
export function useAnnouncement(chat: { messages: Readonly<Ref<Message[]>>, current: Readonly<Ref<Message | null>>, runs: Map<string, RunState> }) {
  const text = ref('')

  watch(() => {
    const current = chat.current.value
    return current && (chat.runs.get(current.id)?.status?.message ?? 'Your question was sent.')
  }, (message) => {
    if (message) text.value = message
  })

  watch(() => chat.current.value?.id, (now, before) => {
    if (!before || now === before) return
    const answer = chat.messages.value.find(message => message.id === before)
    if (!answer) return
    const endings = { stopped: 'The answer was stopped.', interrupted: 'The answer was cut off.', failed: 'The answer could not be finished.' }
    text.value = answer.status in endings
      ? endings[answer.status as keyof typeof endings]
      : `The answer is ready, with ${answer.citations.length === 1 ? 'one source' : `${answer.citations.length} sources`}. ${answer.content.slice(0, 300)}`
  })

  return readonly(text)
}
