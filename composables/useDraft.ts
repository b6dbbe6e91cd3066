/**
 * What is typed and not yet stored by the server, kept for this tab so that a reload or a visit to another page loses
 * nothing. `unsent` is a question on its way: a page that is made anew before it arrived finds it in the box again.
 */
export function useDraft(key: string) {
  const draft = useState(`draft-${key}`, () => '')
  const unsent = useState(`unsent-${key}`, () => '')
  const storageKey = `ragtime-draft-${key}`
  const all = computed(() => [unsent.value, draft.value].filter(Boolean).join('\n'))

  onMounted(() => {
    if (!all.value) draft.value = read(storageKey)
  })
  watch(all, value => write(storageKey, value), { flush: 'sync' })
  // Where storage is refused a reload would lose it.
  useReloadHold(() => all.value && read(storageKey) !== all.value ? 'work' : null)
  return { draft, unsent }
}

/** Keeps words for the page that `key` stands for, which may not be open yet. */
export function keepDraft(key: string, value: string): void {
  write(`ragtime-draft-${key}`, value)
}

// Storage may be refused (private windows, policies): a draft is then kept as long as the page is open.
function read(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? ''
  }
  catch {
    return ''
  }
}

function write(key: string, value: string): void {
  if (import.meta.server) return
  try {
    if (value) sessionStorage.setItem(key, value)
    else sessionStorage.removeItem(key)
  }
  catch { /* see above */ }
}
