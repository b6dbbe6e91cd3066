import { basename, dirname, join } from 'node:path'

/** Programs that run beside the server, by name; `modules/entries.ts` bundles each into `.output/server/entries/`. */
export const BUNDLED_ENTRIES = {
  extract: 'server/extract/child.ts',
  embed: 'server/embed/worker.ts',
  rerank: 'server/embed/cross/worker.ts',
  search: 'server/retrieval/worker.ts',
  backup: 'server/backup/worker.ts',
} as const

/** Files that the bundled programs read from their own folder, and where they come from. */
export const ENTRY_ASSETS = {
  'pdfium.wasm': '@embedpdf/pdfium/pdfium.wasm',
  'tesseract.wasm': 'tesseract.js-core/tesseract-core-simd-lstm.wasm',
  'eng.traineddata.gz': '@tesseract.js-data/eng/4.0.0_best_int/eng.traineddata.gz',
} as const

/** Operators' programs, one file each; `modules/entries.ts` bundles each into `.output/server/commands/`. */
export const COMMANDS_FOLDER = 'server/commands'

/** Folders that ship with the server; `modules/entries.ts` copies each into `.output/server/`. */
export const SHIPPED_FOLDERS = {
  model: '.model/all-MiniLM-L6-v2',
  samples: 'samples',
  migrations: 'server/db/migrations',
} as const

/** Where the program `name` lies: beside the running server, or its source in development. */
export function entryPath(name: keyof typeof BUNDLED_ENTRIES): string {
  const root = sourceRoot()
  return root === null ? join(builtServer(), 'entries', `${name}.mjs`) : join(root, BUNDLED_ENTRIES[name])
}

/** The folder in which the asset `name` lies: that of the programs, or its package's in development. */
export function entryAssetFolder(name: keyof typeof ENTRY_ASSETS): string {
  const root = sourceRoot()
  return root === null ? join(builtServer(), 'entries') : join(root, 'node_modules', dirname(ENTRY_ASSETS[name]))
}

/** Where the shipped folder lies: beside the running server, or in the repository in development. */
export function shippedFolder(name: keyof typeof SHIPPED_FOLDERS): string {
  const root = sourceRoot()
  return root === null ? join(builtServer(), name) : join(root, SHIPPED_FOLDERS[name])
}

/** Where the encrypted environment file lies: beside `.output`, or in the repository in development. */
export function encryptedFile(): string {
  return join(sourceRoot() ?? join(builtServer(), '../..'), '.env.production')
}

/** The repository, where the sources themselves run: the development server, or a command in a checkout. Null in a build. */
function sourceRoot(): string | null {
  if (import.meta.dev) return process.cwd()
  const program = process.argv[1]!
  return program.endsWith('.ts') ? join(dirname(program), '../..') : null
}

/** `.output/server`, wherever it was copied to: the folder of the program that was started, or the one above `commands/`. */
function builtServer(): string {
  const folder = dirname(process.argv[1]!)
  return basename(folder) === 'commands' ? dirname(folder) : folder
}
