import type { Message } from '#shared/schemas/chats'
import type { RunState } from '#shared/utils/run-state'

/**
 * Which sources stand beside the answers: those of the answer that was last chosen, or of the newest one; and which of
 * them is open.
 */
export function useSources(chat: { messages: Readonly<Ref<Message[]>>, runs: Map<string, RunState>, follow: (message: Message) => void }) {
  const chosen = ref<string | null>(null)
  const active = ref<number | null>(null)
  const isPaneOpen = useState('sources-open', () => true)
  const isSheetOpen = ref(false)
  const isWide = useMedia('(min-width: 80rem)', true)

  const answers = computed(() => chat.messages.value.filter(message => message.role === 'assistant'))
  const message = computed(() => answers.value.find(answer => answer.id === chosen.value) ?? answers.value.at(-1) ?? null)
  const chunks = computed(() => (message.value && chat.runs.get(message.value.id)?.chunks) ?? [])
  const citations = computed(() => message.value?.citations ?? [])
  const isShown = computed(() => isWide.value ? isPaneOpen.value : isSheetOpen.value)
  const isLoading = computed(() => Boolean(message.value?.runId) && !chat.runs.has(message.value!.id))

  const panel = computed(() => ({
    messageId: message.value?.id ?? null,
    citations: citations.value,
    chunks: chunks.value,
    active: active.value,
    loading: isLoading.value,
    isEmptyAnswer: message.value?.outcome === 'nothing_relevant',
  }))

  /** Shows the sources of an answer, one of them open. */
  function open(answer: Message, n: number | null) {
    chosen.value = answer.id
    active.value = n
    if (isWide.value) isPaneOpen.value = true
    else isSheetOpen.value = true
  }

  function close() {
    isPaneOpen.value = false
    isSheetOpen.value = false
    active.value = null
  }

  // The passages of an answer are in the events of its run: replayed when somebody can see them.
  watch([message, isShown], () => {
    const answer = message.value
    if (import.meta.client && isShown.value && answer?.runId && !chat.runs.has(answer.id)) chat.follow(answer)
  })
  onMounted(() => {
    if (isShown.value && message.value?.runId && !chat.runs.has(message.value.id)) chat.follow(message.value)
  })
  // A new answer takes the place beside the text.
  watch(() => answers.value.at(-1)?.id, () => {
    chosen.value = null
    active.value = null
  })

  return { message, citations, active, panel, isPaneOpen, isSheetOpen, isWide, open, close }
}
