import { v7 as uuid } from 'uuid'
import type { Chat, SearchFilters } from '../../shared/schemas/chats.ts'
import type { Db } from './connection.ts'

/** What a chat is called until its first question names it. */
export const UNTITLED = 'New chat'

interface ChatRow { id: string, title: string, model: string | null, filters: string, created_at: string, updated_at: string }

/** With the id of a chat that is there already, gives that one as it is. */
export function createChat(db: Db, chat: { id?: string, title?: string, model?: string }): Chat {
  const now = new Date().toISOString()
  const id = chat.id ?? uuid()
  db.prepare(`
    INSERT INTO chats (id, title, model, created_at, updated_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
  `).run(id, chat.title ?? UNTITLED, chat.model ?? null, now, now)
  return getChat(db, id)!
}

export function getChat(db: Db, id: string): Chat | null {
  const row = db.prepare('SELECT * FROM chats WHERE id = ?').get(id) as ChatRow | undefined
  return row ? toChat(row) : null
}

/** Newest use first. `cursor` is a page's `nextCursor`; one that is not is read as the beginning. */
export function listChats(db: Db, { limit, cursor }: { limit: number, cursor?: string }): { items: Chat[], nextCursor: string | null } {
  const after = cursor ? decodeCursor(cursor) : null
  const rows = db.prepare(`
    SELECT * FROM chats
    WHERE @time IS NULL OR (updated_at, id) < (@time, @id)
    ORDER BY updated_at DESC, id DESC LIMIT @limit
  `).all({ time: after?.time ?? null, id: after?.id ?? null, limit: limit + 1 }) as ChatRow[]
  const items = rows.slice(0, limit).map(toChat)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(last) : null }
}

/** Changes what is given and leaves the rest. Null when the chat is gone. */
export function updateChat(db: Db, id: string, patch: { title?: string, model?: string | null, filters?: SearchFilters }): Chat | null {
  const row = db.prepare(`
    UPDATE chats SET
      title = coalesce(@title, title),
      model = CASE WHEN @setModel THEN @model ELSE model END,
      filters = coalesce(@filters, filters)
    WHERE id = @id RETURNING *
  `).get({
    id,
    title: patch.title ?? null,
    setModel: patch.model === undefined ? 0 : 1,
    model: patch.model ?? null,
    filters: patch.filters ? JSON.stringify(patch.filters) : null,
  }) as ChatRow | undefined
  return row ? toChat(row) : null
}

/** Moves the chat to the top of the list; a question names a chat that has no name yet. */
export function touchChat(db: Db, id: string, question?: string): void {
  db.prepare('UPDATE chats SET updated_at = ? WHERE id = ?').run(new Date().toISOString(), id)
  if (question !== undefined) {
    db.prepare('UPDATE chats SET title = ? WHERE id = ? AND title = ?').run(titleOf(question), id, UNTITLED)
  }
}

/** Removes the chat with its messages, runs, events, citations and traces. False when it was gone already. */
export function deleteChat(db: Db, id: string): boolean {
  return db.prepare('DELETE FROM chats WHERE id = ?').run(id).changes > 0
}

/** A question as a title: one line, cut at a word. */
export function titleOf(question: string): string {
  const line = question.replace(/\s+/g, ' ').trim()
  if (line.length <= 80) return line
  const cut = line.slice(0, 80)
  const word = cut.lastIndexOf(' ')
  // Half a surrogate pair at the cut would be stored as a replacement character.
  return `${(word > 40 ? cut.slice(0, word) : cut).toWellFormed().replace(/\uFFFD$/, '').trimEnd()}…`
}

function toChat(row: ChatRow): Chat {
  return {
    id: row.id,
    title: row.title,
    model: row.model,
    filters: JSON.parse(row.filters) as SearchFilters,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function encodeCursor(chat: Chat): string {
  return Buffer.from(`${chat.updatedAt} ${chat.id}`).toString('base64url')
}

function decodeCursor(cursor: string): { time: string, id: string } | null {
  const [time, id] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ')
  return time && id ? { time, id } : null
}
