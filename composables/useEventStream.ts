/** Follows server-sent events of this site until `close` is called; a session that has ended leads to the sign-in page. */
export function followEvents(options: EventStreamOptions): { close: () => void } {
  const api = useApi()

  // An ordinary request says whether the session is still there, and goes to the sign-in page when it is not.
  async function mayRetry(): Promise<boolean> {
    try {
      await api('/api/status')
    }
    catch (error) {
      return toApiError(error).status !== 401
    }
    return true
  }

  return connectEvents({ ...options, mayRetry })
}
