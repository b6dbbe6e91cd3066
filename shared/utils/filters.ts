import type { SearchFilters } from '../schemas/chats.ts'

const RECENT_DAYS = 7

/** What a chat's searches are limited to, as a reader sets it. */
export interface FilterChoice { documents: string[], recent: boolean, collection: string | null }

export function toChoice(filters: SearchFilters | undefined): FilterChoice {
  return { documents: filters?.documents ?? [], recent: Boolean(filters?.since), collection: filters?.collection ?? null }
}

/** “The last 7 days” is counted from the moment of asking. */
export function toFilters(choice: FilterChoice, now = Date.now()): SearchFilters {
  return {
    ...choice.documents.length > 0 && { documents: choice.documents },
    ...choice.collection && { collection: choice.collection },
    ...choice.recent && { since: new Date(now - RECENT_DAYS * 86_400_000).toISOString() },
  }
}

export function isFiltered(choice: FilterChoice): boolean {
  return choice.documents.length > 0 || choice.recent || Boolean(choice.collection)
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Document ids from an address (`?documents=a,b` or repeated); whatever is not an id is left out. */
export function documentsOf(value: unknown): string[] {
  return [...new Set([value].flat().flatMap(item => typeof item === 'string' ? item.split(',') : []).filter(id => UUID.test(id)))]
}
