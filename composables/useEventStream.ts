/** Follows server-sent events of this site until `close` is called; a session that has ended leads to the sign-in page. */
export function followEvents(options: EventStreamOptions): { close: () => void } {
  const api = useApi()

  // An ordinary request says whether the session is still there, and goes to the sign-in page when it is not.
  async function mayRetry(): Promise<RetryAdvice> {
    try {
      await api('/api/status', { patienceMs: 0 })
      return 'now'
    }
    catch (error) {
      const { status, isAway } = toApiError(error)
      return status === 401 ? 'never' : isAway ? 'later' : 'now'
    }
  }

  return connectEvents({ ...options, mayRetry })
}
