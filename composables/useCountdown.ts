/** Counts whole seconds down to 0. */
export function useCountdown() {
  const seconds = ref(0)
  let timer: ReturnType<typeof setInterval> | undefined

  function stop() {
    clearInterval(timer)
    seconds.value = 0
  }

  function start(ms: number) {
    clearInterval(timer)
    const end = Date.now() + ms
    const tick = () => {
      seconds.value = Math.max(0, Math.ceil((end - Date.now()) / 1000))
      if (seconds.value === 0) clearInterval(timer)
    }
    tick()
    timer = setInterval(tick, 250)
  }

  onScopeDispose(stop)
  return { seconds: readonly(seconds), start, stop }
}
