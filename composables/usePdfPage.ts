import type { ShallowRef } from 'vue'

/** How far from the screen a page is drawn, and let go of again. */
const NEAR = '900px 0px'
/** A change of width is waited out: while a window is pulled larger the picture is only stretched. */
const SETTLED_MS = 150
/** Sharper than this nobody sees. */
const MAX_PIXEL_RATIO = 2.5

interface Options {
  file: PdfFileState
  number: number
  scroller: () => HTMLElement | null
  /** The page's place, as large as the page; `paper` takes its picture and `layer` its text. */
  sheet: Readonly<ShallowRef<HTMLElement | null>>
  paper: Readonly<ShallowRef<HTMLElement | null>>
  layer: Readonly<ShallowRef<HTMLElement | null>>
}

/** Draws one page of a PDF while it is near the screen, as sharp as the screen shows it. */
export function usePdfPage({ file, number, scroller, sheet, paper, layer }: Options) {
  const isDrawn = ref(false)
  /** It cannot be drawn, though others may be. */
  const isDamaged = ref(false)
  /** Width by height of what was drawn; null before. */
  const aspect = ref<number | null>(null)
  const isNear = ref(false)
  let work: AbortController | null = null
  let drawnWidth = 0
  let textWidth: number | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let seen: IntersectionObserver | null = null
  let sized: ResizeObserver | null = null

  function release(): void {
    work?.abort()
    work = null
    file.release(number)
    const canvas = paper.value?.querySelector('canvas')
    // Safari keeps the memory of a canvas that is only let go of.
    if (canvas) canvas.width = canvas.height = 0
    paper.value?.replaceChildren()
    layer.value?.replaceChildren()
    isDrawn.value = false
    drawnWidth = 0
    textWidth = null
  }

  async function draw(): Promise<void> {
    const width = Math.round((sheet.value?.clientWidth ?? 0) * Math.min(window.devicePixelRatio, MAX_PIXEL_RATIO))
    if (!isNear.value || width === 0 || width === drawnWidth || isDamaged.value || file.problem.value) return
    work?.abort()
    const { signal } = work = new AbortController()
    file.hold(number, release)
    const picture = await file.enqueue(open => open.draw(number, width, signal), signal, () => isDamaged.value = true)
    if (!picture || signal.aborted) return
    const before = paper.value?.querySelector('canvas')
    paper.value?.replaceChildren(picture.canvas)
    if (before) before.width = before.height = 0
    drawnWidth = width
    aspect.value = picture.aspect
    isDrawn.value = true
    if (textWidth !== null || !layer.value) return
    const text = await file.enqueue(open => open.layText(number, layer.value!, signal), signal, () => {})
    if (!text || signal.aborted) return layer.value?.replaceChildren()
    textWidth = text.width
    fitText()
  }

  /** The text follows the size of the page without being laid out anew. */
  function fitText(): void {
    if (textWidth) layer.value?.style.setProperty('--total-scale-factor', String((sheet.value?.clientWidth ?? 0) / textWidth))
  }

  // The scroller is known only after what it holds.
  watch([scroller, sheet], ([root, element]) => {
    seen?.disconnect()
    if (!root || !element) return
    seen = new IntersectionObserver((entries) => {
      isNear.value = entries.at(-1)!.isIntersecting
      if (isNear.value) void draw()
      else release()
    }, { root, rootMargin: NEAR })
    seen.observe(element)
  }, { flush: 'post', immediate: import.meta.client })
  onMounted(() => {
    sized = new ResizeObserver(() => {
      fitText()
      clearTimeout(timer)
      timer = setTimeout(draw, SETTLED_MS)
    })
    sized.observe(sheet.value!)
  })
  watch(file.problem, problem => problem ? release() : void draw())
  onBeforeUnmount(() => {
    seen?.disconnect()
    sized?.disconnect()
    clearTimeout(timer)
    release()
  })

  return { isDrawn: readonly(isDrawn), isDamaged: readonly(isDamaged), aspect: readonly(aspect) }
}
