import { describe, expect, it } from 'vitest'
import { createChat, deleteChat, getChat, listChats, titleOf, touchChat, UNTITLED, updateChat } from '../../../../server/db/chats.ts'
import { temporaryDatabase } from '../../support/database.ts'

describe('chats', () => {
  it('are listed by last use in pages that neither repeat nor skip', () => {
    const { db } = temporaryDatabase()
    const ids = Array.from({ length: 7 }, () => createChat(db, {}).id)
    db.prepare('UPDATE chats SET updated_at = ?').run('2026-01-01T00:00:00.000Z')
    touchChat(db, ids[2]!)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = listChats(db, { limit: 3, ...(cursor ? { cursor } : {}) })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor)
    expect(seen).toHaveLength(7)
    expect(new Set(seen)).toEqual(new Set(ids))
    expect(seen[0]).toBe(ids[2])
  })

  it('are made once under an id that the caller chose', () => {
    const { db } = temporaryDatabase()
    const id = '01930000-0000-7000-8000-000000000001'
    const first = createChat(db, { id, title: 'Rags' })
    expect(createChat(db, { id, title: 'Other' })).toEqual(first)
    expect(listChats(db, { limit: 10 }).items).toEqual([first])
  })

  it('take a broken cursor for the beginning', () => {
    const { db } = temporaryDatabase()
    createChat(db, {})
    expect(listChats(db, { limit: 5, cursor: '%%%' }).items).toHaveLength(1)
  })

  it('change only what is given', () => {
    const { db } = temporaryDatabase()
    const chat = createChat(db, { title: 'Rags', model: 'claude-opus-5-5' })
    expect(updateChat(db, chat.id, { filters: { collection: 'a' } })).toMatchObject({ title: 'Rags', model: 'claude-opus-5-5', filters: { collection: 'a' } })
    expect(updateChat(db, chat.id, { model: null })).toMatchObject({ title: 'Rags', model: null, filters: { collection: 'a' } })
    expect(updateChat(db, chat.id, { title: 'New' })).toMatchObject({ title: 'New' })
    expect(deleteChat(db, chat.id)).toBe(true)
    expect(deleteChat(db, chat.id)).toBe(false)
    expect(updateChat(db, chat.id, { title: 'Gone' })).toBeNull()
    expect(getChat(db, chat.id)).toBeNull()
  })

  it('without a name are called so', () => {
    const { db } = temporaryDatabase()
    expect(createChat(db, {}).title).toBe(UNTITLED)
  })
})

it('titleOf makes one line that ends at a word', () => {
  expect(titleOf(' Short\n question ')).toBe('Short question')
  expect(titleOf('word '.repeat(40))).toMatch(/^(?:word ){10,}word…$/)
  expect(titleOf('🎹'.repeat(60)).isWellFormed()).toBe(true)
})
