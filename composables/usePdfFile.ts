/** Pages that may hold a canvas at a time; two to four are in sight. The one farthest from the newest gives way. */
const MAX_DRAWN = 8

/**
 * The original PDF of a document, opened when a page is first asked for and closed with the calling component. Pages are
 * drawn one after the other, so that the one that is looked at does not share the processor with those around it.
 */
export function usePdfFile(id: string) {
  const problem = shallowRef<PdfProblem | null>(null)
  const { buildAssetsDir } = useRuntimeConfig().app
  const drawn = new Map<number, () => void>()
  let opened: Promise<PdfFile> | null = null
  let last: Promise<unknown> = Promise.resolve()
  let isGone = false

  /**
   * Runs work on a page of the open file when its turn has come. Null when it was not wanted any more, or failed: `onDamaged`
   * hears of a page that cannot be drawn, and `problem` says what keeps all of them from it.
   */
  function enqueue<T>(work: (file: PdfFile) => Promise<T>, signal: AbortSignal, onDamaged: () => void): Promise<T | null> {
    const turn = last.then(async () => {
      if (signal.aborted || isGone) return null
      let file: PdfFile | null = null
      try {
        opened ??= openPdf(originalUrl(id), buildAssetsDir)
        file = await opened
        return await work(file)
      }
      catch (error) {
        if (signal.aborted || isGone) return null
        const found = error instanceof PdfError ? error.problem : 'damaged'
        if (file && found === 'damaged') onDamaged()
        else fail(found)
        return null
      }
    })
    last = turn
    return turn
  }

  function fail(found: PdfProblem): void {
    close()
    problem.value = found
  }

  function close(): void {
    const closing = opened
    opened = null
    void closing?.then(file => file.close(), () => {})
  }

  /** Notes that a page holds a canvas; `release` may be called to take it back. */
  function hold(number: number, release: () => void): void {
    drawn.set(number, release)
    if (drawn.size <= MAX_DRAWN) return
    const farthest = [...drawn.keys()].reduce((far, other) => Math.abs(other - number) > Math.abs(far - number) ? other : far, number)
    drawn.get(farthest)!()
  }

  onBeforeUnmount(() => {
    isGone = true
    close()
  })

  return {
    problem: readonly(problem),
    enqueue,
    hold,
    release: (number: number) => void drawn.delete(number),
    retry: () => {
      problem.value = null
    },
  }
}
export type PdfFileState = ReturnType<typeof usePdfFile>
