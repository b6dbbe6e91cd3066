import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getLoadablePath } from 'sqlite-vec'

/** sqlite-vec ships its extension as a file that no import names, so the trace of imports alone leaves it out. */
const sqliteVecExtension = getLoadablePath()

/** Loaded when there is something to decrypt, so it too is named by no import. */
const dotenvx = fileURLToPath(import.meta.resolve('@dotenvx/primitives'))

/** Workers, child processes and scripts run the TypeScript directly, so imports name files as Node finds them. */
const compilerOptions = { allowImportingTsExtensions: true, erasableSyntaxOnly: true }
/** These have a tsconfig of their own, tsconfig.tools.json. */
const exclude = ['../tests', '../bench', '../eval', '../script', '../.output', '../.data']

export default defineNuxtConfig({
  modules: ['@nuxt/ui', '@nuxt/eslint'],
  srcDir: '.',
  compatibilityDate: '2026-11-01',
  telemetry: false,
  devtools: { enabled: false },
  css: ['~/assets/css/main.css'],
  app: {
    head: {
      htmlAttrs: { lang: 'en' },
      viewport: 'width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content',
      meta: [
        { name: 'description', content: 'Ask questions of your own documents. Every sentence of the answer shows the exact sentence it came from.' },
        { name: 'theme-color', content: '#fdfbf6', media: '(prefers-color-scheme: light)' },
        { name: 'theme-color', content: '#171412', media: '(prefers-color-scheme: dark)' },
        { name: 'robots', content: 'noindex' },
        { property: 'og:title', content: 'Ragtime' },
        { property: 'og:description', content: 'Ask questions of your own documents. Every sentence of the answer shows the exact sentence it came from.' },
        { property: 'og:type', content: 'website' },
        { property: 'og:image', content: '/og.png' },
      ],
      link: [
        { rel: 'icon', href: '/favicon.svg', type: 'image/svg+xml' },
        { rel: 'icon', href: '/favicon.ico', sizes: '32x32' },
        { rel: 'apple-touch-icon', href: '/apple-touch-icon.png' },
        { rel: 'manifest', href: '/site.webmanifest' },
      ],
    },
  },

  // Everything a page needs is served by the app itself: no font, icon or script comes from another site.
  ui: { fonts: false },
  // Icons are drawn as inline SVG: the other mode writes a style element per page, which the content policy refuses.
  icon: { provider: 'none', fallbackToApi: false, mode: 'svg', clientBundle: { scan: true } },
  // Switching transitions off for the moment of a change is done with a style element: refused as well, and not needed.
  colorMode: { preference: 'system', fallback: 'light', disableTransition: false },

  // Nothing reads them where the product runs: the server's bundle is not minified, and its traces are plain.
  $production: { sourcemap: { server: false, client: false } },

  // What a page does when the server has been updated is our own (plugins/new-build.client.ts).
  experimental: { emitRouteChunkError: 'manual', checkOutdatedBuildInterval: false },

  typescript: {
    tsConfig: { exclude, compilerOptions },
    nodeTsConfig: { compilerOptions },
    sharedTsConfig: { compilerOptions },
  },

  nitro: {
    typescript: { tsConfig: { compilerOptions } },
    compressPublicAssets: { gzip: true, brotli: true },
    externals: { traceInclude: [sqliteVecExtension, join(dirname(sqliteVecExtension), 'package.json'), dotenvx, join(dirname(dotenvx), '../package.json')] },
    experimental: { tasks: true },
    // The queue is a table; the task only drains it. Uploads kick it, the schedule picks up what a restart left.
    // The other two look each minute whether they are due: a machine that sleeps most of the time meets no fixed hour.
    scheduledTasks: { '* * * * *': ['ingest', 'backup', 'upkeep'] },
  },

  hooks: {
    // Ours answers first; what it leaves (unforeseen errors of pages in development) goes to Nuxt's.
    'nitro:config': (config) => {
      config.errorHandler = ['~/server/error.ts', ...[config.errorHandler ?? []].flat()]
    },
  },
})
