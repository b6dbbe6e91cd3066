import { DEFAULT_OPTIONS } from '../../server/retrieval/options.ts'
import type { RetrievalOptions } from '../../server/retrieval/types.ts'

/** What a run can be told to do otherwise than the product does, with `--set name=value`; what is absent is the default. */
export type Switches = Partial<RetrievalOptions> & {
  /** Without the embedding model: search and answers by words alone. */
  keyword?: boolean
  /** Folder of a reranking model; none by default, as the product comes with none. */
  rerankModel?: string
}

/** The only list of them: the parts of a search come from the product's own, so a new one can be set at once. */
const DEFAULTS: Record<string, unknown> = { ...DEFAULT_OPTIONS, keyword: false, rerankModel: '' }

/**
 * Reads `name=value`, several separated by commas; an empty text is the default configuration.
 *
 * @throws Error that names the switches there are
 */
export function parseSwitches(text: string): Switches {
  return Object.fromEntries(text.split(',').filter(part => part.trim() !== '').map((part) => {
    const [name = '', value = ''] = part.split('=').map(piece => piece.trim())
    if (!Object.hasOwn(DEFAULTS, name)) throw new Error(`There is no switch “${name}”: use some of ${Object.keys(DEFAULTS).join(', ')}.`)
    return [name, parseValue(name, value, DEFAULTS[name])]
  }))
}

function parseValue(name: string, value: string, usual: unknown): unknown {
  if (typeof usual === 'boolean') {
    if (value === 'true' || value === 'false') return value === 'true'
    throw new Error(`The switch “${name}” is true or false: ${name}=true.`)
  }
  if (typeof usual === 'string') return value
  const number = Number(value)
  if (value === '' || !Number.isFinite(number)) throw new Error(`The switch “${name}” is a number, as in ${name}=${String(usual)}.`)
  return number
}
