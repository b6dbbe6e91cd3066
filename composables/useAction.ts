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

  return { run, fail, tell: (title: string) => toast.add({ title, icon: 'i-lucide-check' }) }
}
