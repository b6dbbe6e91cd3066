const SHOWN_MS = 2_000

/** Copies text; `copied` is true for a moment after. */
export function useCopy() {
  const copied = ref(false)
  const { fail } = useAction()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function copy(text: string): Promise<void> {
    try {
      await write(text)
      copied.value = true
      clearTimeout(timer)
      timer = setTimeout(() => {
        copied.value = false
      }, SHOWN_MS)
    }
    catch {
      fail(new ApiError({ code: 'copy_refused', message: 'The browser did not allow copying. Select the text and copy it by hand.' }, 0))
    }
  }

  onScopeDispose(() => clearTimeout(timer))
  return { copied: readonly(copied), copy }
}

/** The clipboard API exists on https and localhost only; the old command still works on a plain http address. */
async function write(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  area.setAttribute('readonly', '')
  area.style.position = 'fixed'
  area.style.opacity = '0'
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  if (!done) throw new Error('copy refused')
}
