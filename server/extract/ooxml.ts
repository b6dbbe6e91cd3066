import { cleanTitle } from './format.ts'
import { normalise } from './normalise.ts'
import type { Package } from './package.ts'
import { attribute, SKIP, walkXml, type End } from './xml-walk.ts'
import type { Attributes } from './xml.ts'

/** What one part of an Office Open XML package says about another (ISO/IEC 29500-2 §6.5). */
export interface Relation {
  /** The last word of its type, such as `footnotes` or `slideLayout`: the part before differs between transitional and strict files. */
  type: string
  /** Name of the part in the package. */
  target: string
}

/** A package whose relations are followed. */
export interface OfficePackage extends Package {
  /** By id, in the order they are stated; empty where a part has none. Links to the outside are left out. */
  relations: (part: string) => Promise<Map<string, Relation>>
  /** The name as the package spells it: case does not count. */
  find: (name: string) => string | null
}

export function officePackage(source: Package): OfficePackage {
  const spelled = new Map(source.names.map(name => [name.toLowerCase(), name]))
  const find = (name: string) => source.has(name) ? name : spelled.get(name.toLowerCase()) ?? null
  return {
    ...source,
    find,
    async relations(part) {
      const slash = part.lastIndexOf('/') + 1
      const name = find(`${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`)
      const bytes = name && await source.read(name)
      return bytes ? readRelations(bytes, part, find) : new Map()
    },
  }
}

function readRelations(bytes: Buffer, part: string, find: (name: string) => string | null): Map<string, Relation> {
  const relations = new Map<string, Relation>()
  walkXml(bytes, {
    enter(name, { Id, Type, Target, TargetMode }) {
      if (name !== 'Relationship' || !Id || !Type || !Target || TargetMode === 'External') return
      const target = find(resolve(part, Target))
      if (target) relations.set(Id, { type: Type.slice(Type.lastIndexOf('/') + 1), target })
    },
  })
  return relations
}

/** A target as seen from a part; never leaves the package, since it is only looked up in it. */
function resolve(part: string, target: string): string {
  const path = target.startsWith('/') ? [] : part.split('/').slice(0, -1)
  for (const step of target.split('/')) {
    if (step === '..') path.pop()
    else if (step && step !== '.') path.push(step)
  }
  return path.join('/')
}

/** The part that holds the document itself, by relation or else by name. */
export async function mainPart(source: OfficePackage, named: RegExp): Promise<string | null> {
  const relations = [...(await source.relations('')).values()]
  return relations.find(({ type }) => type === 'officeDocument')?.target ?? source.names.find(name => named.test(name)) ?? null
}

/** The title in the document's properties (Dublin Core), unless it is one that programs make up. */
export async function coreTitle(source: OfficePackage): Promise<string | null> {
  const relations = [...(await source.relations('')).values()]
  const part = relations.find(({ type }) => type === 'core-properties')?.target ?? source.find('docProps/core.xml')
  const bytes = part && await source.read(part)
  return bytes ? propertyTitle(bytes) : null
}

/** The first `title` of an XML part of properties, if it is worth showing. */
export function propertyTitle(bytes: Buffer): string | null {
  let title = ''
  let inside = false
  walkXml(bytes, {
    enter(name) {
      if (name !== 'title') return
      if (title) return SKIP
      inside = true
      return () => {
        inside = false
      }
    },
    text(text) {
      if (inside && title.length < 1000) title += text
    },
  })
  return usefulTitle(title)
}

/** A title that a person has written, or null. */
export function usefulTitle(title: string): string | null {
  const text = normalise(title)
  return /^(?:untitled|(?:power\s?point )?presentation\s*\d*|(?:document|book|workbook)\s*\d*|microsoft (?:office )?(?:word|powerpoint|excel).*|normal|(?:no |slide )title|.{1,3}\.(?:docx?|pptx?|xlsx?|rtf))$/i.test(text) ? null : cleanTitle(text)
}

/** The id of a relation in an attribute such as `r:id`, which may stand beside an `id` of another kind. */
export function relationId(attributes: Attributes, name = 'id'): string | undefined {
  return attributes[`r:${name}`] ?? Object.entries(attributes).find(([key]) => key.endsWith(`:${name}`))?.[1]
}

/** A property that is on by being there (ISO/IEC 29500-1 §17.17.4). */
export function isOn(attributes: Attributes): boolean {
  return !/^(?:0|false|off|none)$/i.test(attribute(attributes, 'val') ?? 'true')
}

/** The same in several forms (ISO/IEC 29500-3 §10.2): of these the first that has content is read. */
export class Alternatives {
  /** Texts and pictures so far. */
  content = 0
  readonly #open: { found: boolean }[] = []

  enter(name: 'AlternateContent' | 'Choice' | 'Fallback'): End {
    if (name === 'AlternateContent') {
      this.#open.push({ found: false })
      return () => void this.#open.pop()
    }
    const choice = this.#open.at(-1)
    if (choice?.found) return SKIP
    const before = this.content
    return () => {
      if (choice) choice.found = this.content > before
    }
  }
}
