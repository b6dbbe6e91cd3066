/** What is typed and not yet sent, kept for this tab so that a reload or a visit to another page loses nothing. */
export function useDraft(key: string) {
  const draft = useState(`draft-${key}`, () => '')
  const storageKey = `ragtime-draft-${key}`

  onMounted(() => {
    if (!draft.value) draft.value = read(storageKey)
  })
  watch(draft, value => write(storageKey, value))
  return draft
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
