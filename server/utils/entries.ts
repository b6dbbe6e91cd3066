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

/** Where the program `name` lies: beside the running server, or its source in development. */
export function entryPath(name: keyof typeof BUNDLED_ENTRIES): string {
  return import.meta.dev
    ? join(process.cwd(), BUNDLED_ENTRIES[name])
    : join(dirname(process.argv[1]!), 'entries', `${name}.mjs`)
}
