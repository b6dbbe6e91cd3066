import { join } from 'node:path'
import { defineNuxtModule } from '@nuxt/kit'
import { currentTarget, pruneOutput } from './output.ts'

/**
 * Takes out of the built server what nothing on this platform opens: native files for other platforms, source maps, type
 * declarations and documentation of packages.
 */
export default defineNuxtModule({
  meta: { name: 'ragtime-prune' },
  setup(_options, nuxt) {
    nuxt.hook('nitro:init', (nitro) => {
      nitro.hooks.hook('compiled', async () => {
        if (nitro.options.dev) return
        await pruneOutput(join(nitro.options.output.serverDir, 'node_modules'), currentTarget())
      })
    })
  },
})
