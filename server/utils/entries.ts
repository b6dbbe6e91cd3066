import { dirname, join } from 'node:path'

/** Programs that run beside the server, by name; `modules/entries.ts` bundles each into `.output/server/entries/`. */
export const BUNDLED_ENTRIES = {
  extract: 'server/extract/child.ts',
  embed: 'server/embed/worker.ts',
  search: 'server/retrieval/worker.ts',
} as const

/** Files that the bundled programs read from their own folder, and where they come from. */
export const ENTRY_ASSETS: Record<string, string> = {
  'pdfium.wasm': '@embedpdf/pdfium/pdfium.wasm',
}

/** Folders that ship with the server; `modules/entries.ts` copies each into `.output/server/`. */
export const SHIPPED_FOLDERS = {
  model: '.model/all-MiniLM-L6-v2',
  samples: 'samples',
} as const

/** Where the program `name` lies: beside the running server, or its source in development. */
export function entryPath(name: keyof typeof BUNDLED_ENTRIES): string {
  return import.meta.dev ? join(process.cwd(), BUNDLED_ENTRIES[name]) : join(builtServer(), 'entries', `${name}.mjs`)
}

/** Where the shipped folder lies: beside the running server, or in the repository in development. */
export function shippedFolder(name: keyof typeof SHIPPED_FOLDERS): string {
  return import.meta.dev ? join(process.cwd(), SHIPPED_FOLDERS[name]) : join(builtServer(), name)
}

/** `.output/server`, wherever it was copied to: the folder of the program that was started. */
function builtServer(): string {
  return dirname(process.argv[1]!)
}
