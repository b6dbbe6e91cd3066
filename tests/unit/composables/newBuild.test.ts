import { describe, expect, it } from 'vitest'
import { IDLE_MS, whereToReload, type ReloadScene } from '../../../composables/newBuild.ts'

const HERE = '/documents/d?start=1'
const idle: ReloadScene = { isOutdated: true, wanted: null, hold: null, idleMs: IDLE_MS, isHidden: false }

describe('whereToReload', () => {
  it('loads an outdated page anew when its reader does nothing, or looks elsewhere', () => {
    expect(whereToReload(idle, HERE)).toBe(HERE)
    expect(whereToReload({ ...idle, idleMs: 0, isHidden: true }, HERE)).toBe(HERE)
  })

  it.each<[string, Partial<ReloadScene>]>([
    ['the page is the newest', { isOutdated: false }],
    ['its reader is doing something', { idleMs: IDLE_MS - 1 }],
    ['the place in it would be lost', { hold: 'place' }],
    ['the place in it would be lost, in a hidden tab too', { hold: 'place', isHidden: true }],
    ['work would be lost', { hold: 'work', isHidden: true }],
  ])('leaves it alone while %s', (_why, change) => {
    expect(whereToReload({ ...idle, ...change }, HERE)).toBeNull()
  })

  it('goes where a click could not lead as soon as no work is lost by it', () => {
    expect(whereToReload({ ...idle, isOutdated: false, wanted: '/documents', hold: 'place', idleMs: 0 }, HERE)).toBe('/documents')
    expect(whereToReload({ ...idle, wanted: '/documents', hold: 'work' }, HERE)).toBeNull()
  })
})
