/** Whether a media query matches; `initial` until the page is alive. */
export function useMedia(query: string, initial = false) {
  const matches = ref(initial)
  let list: MediaQueryList | undefined
  const update = () => {
    matches.value = list?.matches ?? initial
  }
  onMounted(() => {
    list = window.matchMedia(query)
    update()
    list.addEventListener('change', update)
  })
  onBeforeUnmount(() => list?.removeEventListener('change', update))
  return readonly(matches)
}
