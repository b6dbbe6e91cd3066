/** Runs what a click asked for; a failure becomes a message on the screen. Resolves to false when it failed. */
export function useAction() {
  const toast = useToast()

  async function run(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action()
      return true
    }
    catch (error) {
      fail(error)
      return false
    }
  }

  function fail(error: unknown): void {
    const { message, status } = toApiError(error)
    if (status === 401) return
    toast.add({ title: message, color: 'error', icon: 'i-lucide-circle-alert' })
  }

  /** Says what was done; `action` is a button beside it. */
  function tell(title: string, action?: { label: string, onClick: () => void }): void {
    toast.add({ title, icon: 'i-lucide-check', ...action ? { actions: [{ ...action, color: 'neutral', variant: 'outline' }] } : {} })
  }

  return { run, fail, tell }
}
