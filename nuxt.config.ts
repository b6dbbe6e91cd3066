import { dirname, join } from 'node:path'
import { getLoadablePath } from 'sqlite-vec'

/** sqlite-vec ships its extension as a file that no import names, so the trace of imports alone leaves it out. */
const sqliteVecExtension = getLoadablePath()

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

  // Everything a page needs is served by the app itself: no font, icon or script comes from another site.
  ui: { fonts: false },
  icon: { provider: 'none', fallbackToApi: false, clientBundle: { scan: true } },

  typescript: {
    tsConfig: { exclude, compilerOptions },
    nodeTsConfig: { compilerOptions },
    sharedTsConfig: { compilerOptions },
  },

  nitro: {
    typescript: { tsConfig: { compilerOptions } },
    compressPublicAssets: { gzip: true, brotli: true },
    serverAssets: [{ baseName: 'migrations', dir: './db/migrations' }],
    externals: { traceInclude: [sqliteVecExtension, join(dirname(sqliteVecExtension), 'package.json')] },
    experimental: { tasks: true },
    // The queue is a table; the task only drains it. Uploads kick it, the schedule picks up what a restart left.
    scheduledTasks: { '* * * * *': ['ingest'] },
  },

  hooks: {
    // Ours answers first; what it leaves (unforeseen errors of pages in development) goes to Nuxt's.
    'nitro:config': (config) => {
      config.errorHandler = ['~/server/error.ts', ...[config.errorHandler ?? []].flat()]
    },
  },
})
