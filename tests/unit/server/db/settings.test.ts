import { describe, expect, it } from 'vitest'
import { getSetting, setSetting } from '../../../../server/db/settings.ts'
import { temporaryDatabase } from '../../support/database.ts'

describe('settings', () => {
  it('hold JSON values, replace them, and know nothing of others', () => {
    const { db } = temporaryDatabase()
    expect(getSetting(db, 'weights')).toBeNull()
    setSetting(db, 'weights', { vector: 0.6, text: 0.4 })
    setSetting(db, 'weights', { vector: 0.5, text: 0.5 })
    setSetting(db, 'name', 'Joplin')
    expect(getSetting(db, 'weights')).toEqual({ vector: 0.5, text: 0.5 })
    expect(getSetting(db, 'name')).toBe('Joplin')
  })
})
