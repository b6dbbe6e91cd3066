/**
 * The time a page was made, the same on the server and in the browser, and the reader's own zone once it is known.
 *
 * Dates drawn before `isLocal` are in UTC: the server does not know the reader's zone, and a page that differs from
 * what the browser makes of it is thrown away and drawn anew.
 */
export function useNow() {
  const now = useState('now', () => Date.now())
  const isLocal = useState('now-local', () => false)
  onMounted(() => {
    now.value = Date.now()
    isLocal.value = true
  })
  const timeZone = computed(() => isLocal.value ? undefined : 'UTC')
  return { now: readonly(now), timeZone }
}
