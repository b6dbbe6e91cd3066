import { computed, type Ref } from 'vue'
import type { Page } from '#shared/schemas/status'

/**
 * A list that is loaded page by page into `data`. Changes can be shown before the server has made them.
 *
 * @param fetchPage gives the page after a cursor; what it gives again is shown once
 */
export function pagedList<T extends { id: string }>(data: Ref<Page<T> | undefined | null>, fetchPage: (cursor: string) => Promise<Page<T>>) {
  const items = computed(() => data.value?.items ?? [])
  const hasMore = computed(() => Boolean(data.value?.nextCursor))

  function set(items: T[], nextCursor = data.value?.nextCursor ?? null): void {
    data.value = { items, nextCursor }
  }

  async function loadMore(): Promise<void> {
    const cursor = data.value?.nextCursor
    if (!cursor) return
    const page = await fetchPage(cursor)
    const known = new Set(items.value.map(({ id }) => id))
    set([...items.value, ...page.items.filter(({ id }) => !known.has(id))], page.nextCursor)
  }

  /** Shows `changed` while `send` is under way, and the list as it was when that fails. */
  async function optimistically(changed: T[], send: () => Promise<unknown>): Promise<void> {
    const before = items.value
    set(changed)
    try {
      await send()
    }
    catch (error) {
      set(before)
      throw error
    }
  }

  return { items, hasMore, set, loadMore, optimistically }
}
