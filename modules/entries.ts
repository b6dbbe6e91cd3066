import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineNuxtModule } from '@nuxt/kit'
import { build } from 'rolldown'
import { BUNDLED_ENTRIES, ENTRY_ASSETS } from '../server/utils/entries.ts'

/**
 * Bundles the programs that run in worker threads and child processes beside the server.
 *
 * Each is built alone: as a second input of the server's own bundle it would share chunks with the server entry and
 * boot a second server inside the thread. Packages with native files stay outside; Nitro's trace already put them in
 * `.output/server/node_modules`. In development Node runs the sources directly.
 */
export default defineNuxtModule({
  meta: { name: 'ragtime-entries' },
  setup(_options, nuxt) {
    nuxt.hook('nitro:init', (nitro) => {
      nitro.hooks.hook('compiled', async () => {
        if (nitro.options.dev) return
        const out = join(nitro.options.output.serverDir, 'entries')
        for (const [name, source] of Object.entries(BUNDLED_ENTRIES)) {
          await build({
            input: join(nuxt.options.rootDir, source),
            platform: 'node',
            external: /^(better-sqlite3|sqlite-vec|onnxruntime-node)/,
            logLevel: 'warn',
            output: { file: join(out, `${name}.mjs`), format: 'esm' },
          })
        }
        for (const [name, specifier] of Object.entries(ENTRY_ASSETS)) {
          await mkdir(dirname(join(out, name)), { recursive: true })
          await copyFile(fileURLToPath(import.meta.resolve(specifier)), join(out, name))
        }
      })
    })
  },
})
