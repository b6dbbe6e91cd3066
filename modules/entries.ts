import { copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineNuxtModule } from '@nuxt/kit'
import { build } from 'rolldown'
import { BUNDLED_ENTRIES, COMMANDS_FOLDER, ENTRY_ASSETS, SHIPPED_FOLDERS } from '../server/utils/entries.ts'

/**
 * Puts beside the built server what its own bundle does not hold: the programs of worker threads, child processes and
 * operators, the model's runtime, the embedding model, the migrations and the sample documents.
 *
 * Each program is bundled alone: as a second input of the server's bundle it would share chunks with the server entry
 * and boot a second server inside the thread. Packages with native files stay outside; Nitro's trace has already put
 * them into `.output/server/node_modules`. In development Node runs the sources directly.
 */
export default defineNuxtModule({
  meta: { name: 'ragtime-entries' },
  setup(_options, nuxt) {
    const root = nuxt.options.rootDir
    nuxt.hook('nitro:init', (nitro) => {
      nitro.hooks.hook('compiled', async () => {
        if (nitro.options.dev) return
        const serverDir = nitro.options.output.serverDir
        await bundleEntries(root, join(serverDir, 'entries'))
        await bundleCommands(root, join(serverDir, 'commands'))
        await copyOnnxRuntime(root, join(serverDir, 'node_modules'))
        await cp(join(root, SHIPPED_FOLDERS.model), join(serverDir, 'model'), { recursive: true })
        await cp(join(root, SHIPPED_FOLDERS.migrations), join(serverDir, 'migrations'), { recursive: true })
        await copySamples(root, join(serverDir, 'samples'))
      })
    })
  },
})

async function bundleEntries(root: string, out: string): Promise<void> {
  for (const [name, source] of Object.entries(BUNDLED_ENTRIES)) await bundle(join(root, source), out, name)
  for (const [name, specifier] of Object.entries(ENTRY_ASSETS)) {
    await copyFile(fileURLToPath(import.meta.resolve(specifier)), join(out, name))
  }
}

async function bundleCommands(root: string, out: string): Promise<void> {
  const folder = join(root, COMMANDS_FOLDER)
  const sources = (await readdir(folder)).filter(name => name.endsWith('.ts'))
  for (const source of sources) await bundle(join(folder, source), out, basename(source, '.ts'))
}

/** Writes `name`.mjs into `out`. What it imports on demand becomes a file beside it, which costs nothing until then. */
async function bundle(input: string, out: string, name: string): Promise<void> {
  await build({
    input: { [name]: input }, platform: 'node', external: /^(@dotenvx\/primitives|better-sqlite3|sqlite-vec|onnxruntime-node)/, logLevel: 'warn',
    // CommonJS modules, such as the engine of text recognition, know these without asking.
    transform: { define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' } },
    output: { dir: out, entryFileNames: '[name].mjs', chunkFileNames: `${name}-[name].mjs`, format: 'esm' },
  })
}

/**
 * Only a worker's program imports the runtime, so Nitro's trace does not see it. Its package carries the binaries of
 * all platforms (288 MB); the one of this machine is what runs here.
 */
async function copyOnnxRuntime(root: string, out: string): Promise<void> {
  const parts = [
    'onnxruntime-node/package.json',
    'onnxruntime-node/dist',
    `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`,
    'onnxruntime-common/package.json',
    'onnxruntime-common/dist/cjs',
  ]
  for (const part of parts) {
    await cp(join(root, 'node_modules', part), join(out, part), {
      recursive: true, dereference: true, filter: path => !path.endsWith('.map') && !path.endsWith('.d.ts'),
    })
  }
}

/** Copies what the manifest names flat into `out`; one of the documents lies outside the samples' folder. */
async function copySamples(root: string, out: string): Promise<void> {
  const from = join(root, SHIPPED_FOLDERS.samples)
  const manifest = JSON.parse(await readFile(join(from, 'manifest.json'), 'utf8')) as { file: string, title: string }[]
  await mkdir(out, { recursive: true })
  for (const { file } of manifest) await copyFile(join(from, file), join(out, basename(file)))
  const flat = manifest.map(({ file, title }) => ({ file: basename(file), title }))
  await writeFile(join(out, 'manifest.json'), JSON.stringify(flat))
  await copyFile(join(from, 'questions.json'), join(out, 'questions.json'))
}
