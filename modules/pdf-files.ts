import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { defineNuxtModule } from '@nuxt/kit'

/** What pdf.js asks for while it draws, by folder: character maps of Asian fonts, the fonts that a PDF need not bring, and decoders of scans. */
const FILES = {
  cmaps: ['cmaps'],
  fonts: ['standard_fonts'],
  // The twins in WebAssembly are faster, but a policy that lets them run would let others run.
  decoders: ['wasm/jbig2_nowasm_fallback.js', 'wasm/openjpeg_nowasm_fallback.js', 'wasm/LICENSE_JBIG2', 'wasm/LICENSE_OPENJPEG', 'wasm/LICENSE_PDFJS_JBIG2', 'wasm/LICENSE_PDFJS_OPENJPEG'],
}
const YEAR_SECONDS = 365 * 24 * 60 * 60

/** Serves the files of pdf.js from our own address, in a folder named after its version (composables/pdfEngine.ts). */
export default defineNuxtModule({
  meta: { name: 'ragtime-pdf-files' },
  async setup(_options, nuxt) {
    if (nuxt.options._prepare) return
    const manifest = createRequire(import.meta.url).resolve('pdfjs-dist/package.json')
    const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
    const baseURL = `${nuxt.options.app.buildAssetsDir}pdfjs-${version}`.replace(/^\//, '')
    const dir = join(nuxt.options.buildDir, 'pdfjs')
    // The folder is emptied once the modules are set up.
    nuxt.hook('build:before', () => copyFiles(dirname(manifest), dir))
    nuxt.hook('nitro:config', (config) => {
      config.publicAssets ??= []
      config.publicAssets.push({ dir, baseURL, maxAge: YEAR_SECONDS })
    })
    // Character maps are packed tightly already, and Nitro takes them for text: their compressed twins save next to nothing.
    nuxt.hook('nitro:build:public-assets', async (nitro) => {
      const folder = join(nitro.options.output.publicDir, baseURL, 'cmaps')
      const names = await readdir(folder)
      await Promise.all(names.filter(name => /\.bcmap\.(?:gz|br)$/.test(name)).map(name => rm(join(folder, name))))
    })
    // It is large and wanted on one page; nobody else should fetch it ahead of time.
    nuxt.hook('build:manifest', (resources) => {
      for (const [name, resource] of Object.entries(resources)) if (/pdfjs-dist|pdf\.worker/.test(name)) Object.assign(resource, { prefetch: false, preload: false })
    })
  },
})

async function copyFiles(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  for (const [folder, sources] of Object.entries(FILES)) {
    await mkdir(join(to, folder), { recursive: true })
    for (const source of sources) {
      const isFile = source.includes('/')
      await cp(join(from, source), isFile ? join(to, folder, basename(source)) : join(to, folder), { recursive: true })
    }
  }
}
