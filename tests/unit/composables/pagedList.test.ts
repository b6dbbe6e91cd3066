import { describe, expect, it, vi } from 'vitest'
import { ref } from 'vue'
import type { Page } from '../../../shared/schemas/status.ts'
import { pagedList } from '../../../composables/pagedList.ts'

interface Item { id: string, title?: string }
const items = (...ids: string[]): Item[] => ids.map(id => ({ id }))

describe('a list that is loaded page by page', () => {
  it('goes on where it ended, shows nothing twice, and knows its end', async () => {
    const data = ref<Page<Item> | undefined>({ items: items('a', 'b'), nextCursor: 'after b' })
    const fetchPage = vi.fn(async () => ({ items: items('b', 'c'), nextCursor: null }))
    const list = pagedList(data, fetchPage)
    expect(list.hasMore.value).toBe(true)
    await list.loadMore()
    expect(fetchPage).toHaveBeenCalledWith('after b')
    expect(list.items.value.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(list.hasMore.value).toBe(false)
    await list.loadMore()
    expect(fetchPage).toHaveBeenCalledOnce()
  })

  it('is empty before it is loaded', () => {
    const list = pagedList(ref<Page<Item> | undefined>(), async () => ({ items: [], nextCursor: null }))
    expect(list.items.value).toEqual([])
    expect(list.hasMore.value).toBe(false)
  })

  it('shows a change at once, and takes it back when it fails', async () => {
    const data = ref<Page<Item> | undefined>({ items: items('a', 'b'), nextCursor: 'after b' })
    const list = pagedList(data, async () => ({ items: [], nextCursor: null }))
    const refused = Promise.withResolvers<void>()
    const change = list.optimistically(items('a'), () => refused.promise)
    expect(list.items.value).toEqual(items('a'))
    expect(list.hasMore.value).toBe(true)
    refused.reject(new Error('refused'))
    await expect(change).rejects.toThrow('refused')
    expect(list.items.value).toEqual(items('a', 'b'))
  })
})
