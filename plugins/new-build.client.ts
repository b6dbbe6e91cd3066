/** How often the moment for a new load is looked for, while there is a reason for one. */
const LOOK_EVERY_MS = 1_000
const TRIED = 'ragtime-tried-build'

/**
 * Replaces a page whose server has been updated, by itself, at a moment at which nothing is lost (see newBuild.ts and useReloadHold.ts).
 *
 * Each update cuts the event streams, so a stream that stands again is the sign to ask which build is served. Nuxt's own
 * handling would load the page at the next click whatever is under way, and ask once an hour.
 */
export default defineNuxtPlugin((nuxtApp) => {
  // There the build tool itself replaces what has changed.
  if (import.meta.dev) return
  const router = useRouter()
  const { app } = useRuntimeConfig()
  const live = useLiveState()
  let latest: string | null = null
  let wanted: string | null = null
  let lastAct = Date.now()
  let timer: ReturnType<typeof setInterval> | undefined

  /** The build that is served; null when nobody answers. */
  async function served(): Promise<string | null> {
    const answer = await $fetch<{ id?: string }>(`${app.buildAssetsDir}builds/latest.json`, { query: { at: Date.now() }, cache: 'no-store', retry: 0, timeout: 5_000 })
      .catch(() => null)
    return answer?.id ?? null
  }

  // Loaded once for a build: a page that is then still an old one comes from a cache, and would be loaded for ever.
  const isOutdated = () => latest !== null && latest !== app.buildId && sessionStorage.getItem(TRIED) !== latest

  async function check(): Promise<void> {
    latest = await served() ?? latest
    if (isOutdated()) timer ??= setInterval(look, LOOK_EVERY_MS)
  }

  let looking = false
  async function look(): Promise<void> {
    if (looking) return
    looking = true
    const scene = { isOutdated: isOutdated(), wanted, hold: currentHold(), idleMs: Date.now() - lastAct, isHidden: document.hidden }
    const target = whereToReload(scene, router.currentRoute.value.fullPath)
    // A server that has gone away again would leave the reader with the browser's own error page.
    if (target !== null && await served() !== null) load(target)
    looking = false
  }

  function load(path: string): void {
    clearInterval(timer)
    if (latest !== null) sessionStorage.setItem(TRIED, latest)
    if (path === location.pathname + location.search) location.reload()
    else location.assign(path)
  }

  watch(live, state => state === 'open' && void check())
  for (const type of ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchmove', 'input']) {
    window.addEventListener(type, () => {
      lastAct = Date.now()
    }, { capture: true, passive: true })
  }

  // Who goes to another page anyway can as well get it from the new build.
  router.beforeResolve((to, from) => {
    if (!isOutdated() || to.path === from.path || currentHold() === 'work') return
    load(to.fullPath)
    return false
  })
  // The file of a page is missing: its build is gone, or the server is away for the moment. Both end with a full load.
  // Files that were only fetched ahead do not count.
  const missing = new Set<unknown>()
  nuxtApp.hook('app:chunkError', ({ error }) => void missing.add(error))
  router.beforeEach(() => missing.clear())
  router.onError((error, to) => {
    if (!missing.has(error)) return
    wanted = to.fullPath
    timer ??= setInterval(look, LOOK_EVERY_MS)
    void check()
  })
  router.afterEach((_to, _from, failure) => {
    if (!failure) wanted = null
  })
})
