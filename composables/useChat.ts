import type { AskResult, Chat, ChatWithMessages, Message, RunEvent, SearchFilters } from '#shared/schemas/chats'
import { addRunEvents, answerWithRun, emptyRun, isRunning, RUN_EVENT_TYPES, type RunState } from '#shared/utils/run-state'

/** A question that was asked where its chat did not exist yet. */
export interface PendingQuestion { content: string, filters?: SearchFilters, model?: string }

export function usePendingQuestion(chatId: string) {
  return useState<PendingQuestion | null>(`pending-question-${chatId}`, () => null)
}

/** How long a question is sent again while the server is away; then it goes back to the box. */
const ASK_PATIENCE_MS = 60_000

/**
 * One chat: its messages, the runs that write answers, and everything a reader can do with it.
 *
 * Runs live on the server. This follows the ones that are going on, from wherever their stored events begin, so a
 * reload or a second device shows the same answer.
 */
export function useChat(id: string) {
  const api = useApi()
  const chats = useChats()
  const chat = useAsyncData(`chat-${id}`, () => api<ChatWithMessages>(`/api/chats/${id}`), { deep: false })
  /** By message id: runs that are followed or whose events were asked for. */
  const runs = shallowReactive(new Map<string, RunState>())
  const connection = ref<StreamState>('closed')
  const streams = new Map<string, { close: () => void }>()
  const busy = ref(false)
  /** Ends the sending of a question that no server takes. */
  let sending: AbortController | null = null

  const messages = computed<Message[]>(() => (chat.data.value?.messages ?? [])
    .map(message => message.role === 'assistant' ? answerWithRun(message, runs.get(message.id)) : message))
  const current = computed(() => messages.value.find(message => message.role === 'assistant' && isRunning(message)) ?? null)

  function patch(change: Partial<ChatWithMessages>): void {
    if (chat.data.value) chat.data.value = { ...chat.data.value, ...change }
  }

  const setMessages = (change: (messages: Message[]) => Message[]) => patch({ messages: change(chat.data.value?.messages ?? []) })

  /** Replays a run's events and goes on with what comes, until its end. */
  function follow(message: Message): void {
    if (!message.runId || streams.has(message.id)) return
    let waiting: RunEvent[] = []
    let frame = 0
    const flush = () => {
      frame = 0
      const state = addRunEvents(runs.get(message.id) ?? emptyRun(), waiting)
      waiting = []
      runs.set(message.id, state)
      if (state.ended) end(message.id)
    }
    const stream = followEvents({
      path: `/api/runs/${message.runId}/events`,
      types: RUN_EVENT_TYPES,
      onEvent: (type, data) => {
        waiting.push({ type, data } as RunEvent)
        // Many events can come in one piece, above all when a run is replayed: draw once a frame.
        frame ||= requestAnimationFrame(flush)
      },
      onState: (state) => {
        if (current.value?.id === message.id) connection.value = state
      },
    })
    streams.set(message.id, stream)
  }

  function end(messageId: string): void {
    streams.get(messageId)?.close()
    streams.delete(messageId)
    const message = chat.data.value?.messages.find(item => item.id === messageId)
    // Replayed only for its sources: nothing new.
    if (!message || !isRunning(message)) return
    // What the run said is what the server stored: keep it with the chat, so that the answer outlives the stream.
    setMessages(list => list.map(message => message.id === messageId ? answerWithRun(message, runs.get(messageId)) : message))
    // The first answer may have given the chat its title.
    chats.refresh()
  }

  /**
   * Asks, and waits for a server that is away for a moment. Throws what the server said when the question was not stored;
   * the screen is then as before.
   */
  async function ask(question: PendingQuestion): Promise<void> {
    const before = chat.data.value?.messages ?? []
    const [shown, answer] = optimisticPair(question)
    setMessages(list => [...list, shown, answer])
    busy.value = true
    sending = new AbortController()
    try {
      accept(await api<AskResult>(`/api/chats/${id}/messages`, {
        method: 'POST',
        // By `after` the server knows a question again whose answer was lost on the way.
        body: { ...question, after: before.findLast(message => message.role === 'user')?.id ?? null },
        patienceMs: ASK_PATIENCE_MS,
        signal: sending.signal,
        onAway: () => {
          connection.value = 'waiting'
        },
      }), before)
    }
    catch (error) {
      connection.value = 'closed'
      setMessages(() => before)
      throw error
    }
    finally {
      sending = null
      busy.value = false
    }
  }

  /** Has a question answered anew, in place of the answer that is there. */
  async function regenerate(message: Message): Promise<void> {
    const before = chat.data.value?.messages ?? []
    const others = before.filter(item => item.id !== message.id)
    setMessages(() => [...others, { ...optimisticPair({ content: '' })[1], replyTo: message.replyTo }])
    busy.value = true
    try {
      const result = await api<AskResult>(`/api/messages/${message.id}/runs`, { method: 'POST' })
      accept(result, others.filter(item => item.id !== result.message.id))
    }
    catch (error) {
      setMessages(() => before)
      // It may have been taken all the same: the server knows.
      if (toApiError(error).isAway) void chat.refresh().then(resume)
      throw error
    }
    finally {
      busy.value = false
    }
  }

  function accept({ message, answer, run }: AskResult, earlier: Message[]): void {
    const question = (chat.data.value?.messages ?? []).find(item => item.id === message.id) ?? message
    const stored = { ...answer, runId: answer.runId ?? run.id }
    setMessages(() => insertInOrder([...earlier, question, stored]))
    if (isRunning(stored)) follow(stored)
    else void chats.refresh()
    if (chat.data.value) chats.upsert({ ...chat.data.value, updatedAt: new Date().toISOString() })
  }

  async function stop(): Promise<void> {
    if (sending) sending.abort()
    else if (current.value?.runId) await api(`/api/runs/${current.value.runId}/stop`, { method: 'POST' })
  }

  async function clear(): Promise<void> {
    const before = chat.data.value?.messages ?? []
    setMessages(() => [])
    try {
      await api(`/api/chats/${id}/messages`, { method: 'DELETE' })
      for (const message of before) {
        streams.get(message.id)?.close()
        streams.delete(message.id)
      }
    }
    catch (error) {
      setMessages(() => before)
      throw error
    }
  }

  /** Changes title, model or filters; taken back when the server refuses. */
  async function update(change: Partial<Pick<Chat, 'title' | 'model' | 'filters'>>): Promise<void> {
    const before = chat.data.value
    patch(change)
    if (chat.data.value) chats.upsert(chat.data.value)
    try {
      await api(`/api/chats/${id}`, { method: 'PATCH', body: change })
    }
    catch (error) {
      chat.data.value = before
      if (before) chats.upsert(before)
      throw error
    }
  }

  /** Follows what is still being written. */
  function resume(): void {
    for (const message of chat.data.value?.messages ?? []) if (message.role === 'assistant' && isRunning(message)) follow(message)
  }

  // The first question may name the chat, and the list may rename it.
  watch(() => chats.items.value.find(item => item.id === id)?.title, (title) => {
    if (title && title !== chat.data.value?.title) patch({ title })
  })

  onMounted(resume)
  onBeforeUnmount(() => {
    for (const stream of streams.values()) stream.close()
  })

  return { chat, messages, runs, current, connection: readonly(connection), busy: readonly(busy), ask, regenerate, stop, clear, update, follow, resume }
}

/** The question and its empty answer as they are shown until the server has stored them. */
function optimisticPair({ content }: PendingQuestion): [Message, Message] {
  const base = { status: 'pending' as const, outcome: null, citations: [], sentences: [], error: null, model: null, replyTo: null, runId: null, createdAt: new Date().toISOString() }
  const key = `unsent-${Date.now()}`
  return [
    { ...base, id: `${key}-question`, role: 'user', content, status: 'complete' },
    { ...base, id: `${key}-answer`, role: 'assistant', content: '' },
  ]
}

function insertInOrder(messages: Message[]): Message[] {
  // An answer stands right after its question, also when an earlier question is answered anew.
  const answers = messages.filter(message => message.role === 'assistant')
  const placed = new Set<string>()
  const ordered: Message[] = []
  for (const question of messages.filter(message => message.role === 'user')) {
    ordered.push(question)
    for (const answer of answers) {
      if (answer.replyTo !== question.id || placed.has(answer.id)) continue
      placed.add(answer.id)
      ordered.push(answer)
    }
  }
  return [...ordered, ...answers.filter(answer => !placed.has(answer.id))]
}
