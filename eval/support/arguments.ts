import { SET_NAMES, type SetName } from '../sets/types.ts'

/** Programs of this folder beside the measuring of sets; each has options of its own, which come after its name. */
export const PARTS = ['boxes', 'ocr', 'corpora', 'golden', 'live'] as const
export type Part = typeof PARTS[number]

export interface MeasureOptions {
  /** Null: all that can be read. */
  sets: SetName[] | null
  /** Of the product's configuration, as `--set` gave them. */
  settings: string
  /** Two configurations or dumps, in place of a table. */
  compare: [string, string] | null
  dump: string | null
  /** Shows the product's own stages as well. */
  stages: boolean
  /** Searches and asks nothing, which is much quicker. */
  searchOnly: boolean
  write: boolean
}

export type Command = { run: 'parts', parts: { part: Part, options: string[] }[] } | { run: 'measure', options: MeasureOptions }

/**
 * Reads the command line of `npm run eval --`: names of parts, or options of the table.
 *
 * @throws Error with a sentence that says what would be right
 */
export function parseArguments(args: string[]): Command {
  // Parts can be named as they are, or as an option: `golden` or `--golden`.
  const first = args[0]?.replace(/^--/, '')
  if (first !== undefined && isPart(first)) return { run: 'parts', parts: splitParts([first, ...args.slice(1)]) }
  const options: MeasureOptions = { sets: null, settings: '', compare: null, dump: null, stages: false, searchOnly: false, write: false }
  const rest = [...args]
  const valueOf = (name: string) => {
    const value = rest.shift()
    if (value === undefined || value.startsWith('--')) throw new Error(`${name} needs a value: ${USAGE[name]}`)
    return value
  }
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--sets') options.sets = readSets(valueOf(arg))
    else if (arg === '--set') options.settings = [options.settings, valueOf(arg)].filter(part => part !== '').join(',')
    else if (arg === '--compare') options.compare = [valueOf(arg), valueOf(arg)]
    else if (arg === '--dump') options.dump = valueOf(arg)
    else if (arg === '--stages') options.stages = true
    else if (arg === '--search-only') options.searchOnly = true
    else if (arg === '--write') options.write = true
    else throw new Error(`There is no “${arg}”: name a part (${PARTS.join(', ')}) or use ${Object.keys(USAGE).join(', ')}, --stages, --search-only, --write.`)
  }
  if (options.write && (options.sets || options.settings || options.compare || options.searchOnly)) {
    throw new Error('--write takes every set, the answers and the default configuration: leave --sets, --set, --compare and --search-only out.')
  }
  if (options.compare && (options.dump || options.settings || options.stages)) {
    throw new Error('--compare prints differences alone: leave --dump, --set and --stages out, and name switches in the two configurations.')
  }
  return { run: 'measure', options }
}

const USAGE: Record<string, string> = {
  '--sets': '--sets samples,xquad-en',
  '--set': '--set keyword=true',
  '--compare': '--compare default keyword=true, or two dumps, or a plain part (fts5, vectors, fusion)',
  '--dump': '--dump failures.jsonl',
}

function readSets(value: string): SetName[] {
  const names = value.split(',').map(name => name.trim())
  const unknown = names.filter(name => !SET_NAMES.includes(name as SetName))
  if (unknown.length > 0) throw new Error(`There is no set ${unknown.join(', ')}: name some of ${SET_NAMES.join(', ')}.`)
  return SET_NAMES.filter(name => names.includes(name))
}

function isPart(name: string): name is Part {
  return PARTS.includes(name as Part)
}

/** Each part with what follows it up to the next one. */
function splitParts(args: string[]): { part: Part, options: string[] }[] {
  const parts: { part: Part, options: string[] }[] = []
  for (const arg of args) {
    if (isPart(arg)) parts.push({ part: arg, options: [] })
    else parts.at(-1)!.options.push(arg)
  }
  return parts
}
