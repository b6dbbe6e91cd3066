import type { Feedback, FeedbackCheck } from '#shared/schemas/feedback'

/** Runs the golden set: one question after the other, so that other searches get their turn in between. */
export function useGoldenRun(judged: ReturnType<typeof useJudged>) {
  const results = shallowRef(new Map<string, FeedbackCheck>())
  const done = ref(0)
  const total = ref(0)
  const isRunning = ref(false)
  const problem = ref<string | null>(null)
  let ending: AbortController | null = null

  /** Every question with a passage that can be looked for; the whole set is loaded first. */
  async function run(): Promise<void> {
    if (isRunning.value) return
    const own = ending = new AbortController()
    isRunning.value = true
    problem.value = null
    results.value = new Map()
    done.value = 0
    total.value = 0
    try {
      while (judged.hasMore.value && !own.signal.aborted) await judged.loadMore()
      const questions = judged.items.value.filter(isTest)
      total.value = questions.length
      for (const { id } of questions) {
        if (own.signal.aborted) break
        results.value = new Map(results.value).set(id, await judged.check(id, own.signal))
        done.value++
      }
    }
    catch (error) {
      const { code, message } = toApiError(error)
      if (code !== 'cancelled') problem.value = message
    }
    finally {
      isRunning.value = false
    }
  }

  const stop = () => ending?.abort()
  onBeforeUnmount(stop)

  return { results, done: readonly(done), total: readonly(total), isRunning: readonly(isRunning), problem: readonly(problem), run, stop }
}

/** Whether a question names a passage that is still there. */
export function isTest({ wanted }: Feedback): boolean {
  return wanted.some(({ title }) => title !== null)
}
