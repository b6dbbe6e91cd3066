import type { ProviderName } from './hosted/providers.ts'

/** What `RAGTIME_EMBEDDER` chooses. */
export type EmbedderChoice
  = | { kind: 'none' }
  /** The model that comes with the product. */
    | { kind: 'shipped' }
    | { kind: 'folder', path: string }
  /** A model that is fetched once from a hub, by `owner/name`. */
    | { kind: 'hub', id: string }
    | { kind: 'hosted', provider: ProviderName, model: string }

export const CHOICE_ADVICE = 'must be minilm, none, the path of a model\'s folder (/… or ./…), a model of a hub (owner/name), voyage:MODEL or openai:MODEL'

/** Null for what is none of these. */
export function parseChoice(text: string): EmbedderChoice | null {
  if (text === 'none') return { kind: 'none' }
  if (text === 'minilm') return { kind: 'shipped' }
  if (/^\.{0,2}\//.test(text)) return { kind: 'folder', path: text }
  const hosted = /^(voyage|openai):([\w./:@-]{1,200})$/.exec(text)
  if (hosted) return { kind: 'hosted', provider: hosted[1] as ProviderName, model: hosted[2]! }
  // The hub's own rule for names: neither -- nor .. is in one, so each has a folder of its own.
  if (/^\w[\w.-]{0,95}\/\w[\w.-]{0,95}$/.test(text) && !/--|\.\./.test(text)) return { kind: 'hub', id: text }
  return null
}
