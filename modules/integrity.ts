import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineNuxtModule } from '@nuxt/kit'

/** Gives the server the hashes of the built scripts and styles, `#integrity`: path → `sha384-…`. Empty in development. */
export default defineNuxtModule({
  meta: { name: 'ragtime-integrity' },
  setup(_options, nuxt) {
    nuxt.hook('nitro:init', (nitro) => {
      // The public files are in place before the server is bundled, which is when this is asked for.
      nitro.options.virtual['#integrity'] = async () => {
        const hashes = nitro.options.dev ? {} : await hashesOf(nitro.options.output.publicDir, nuxt.options.app.buildAssetsDir)
        return `export default ${JSON.stringify(hashes)}`
      }
    })
  },
})

async function hashesOf(publicDir: string, folder: string): Promise<Record<string, string>> {
  const names = (await readdir(join(publicDir, folder))).filter(name => /\.(?:js|css)$/.test(name)).sort()
  const entries = names.map(async (name) => {
    const hash = createHash('sha384').update(await readFile(join(publicDir, folder, name))).digest('base64')
    return [join(folder, name), `sha384-${hash}`] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}
