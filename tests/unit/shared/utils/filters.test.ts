import { expect, it } from 'vitest'
import { documentsOf, isFiltered, toChoice, toFilters } from '../../../../shared/utils/filters.ts'

it('counts the last seven days from the moment of asking', () => {
  expect(toFilters({ documents: [], recent: true, collection: null }, Date.parse('2026-11-22T10:00:00Z'))).toEqual({ since: '2026-11-15T10:00:00.000Z' })
})

it('says nothing of what is not chosen', () => {
  expect(toFilters({ documents: [], recent: false, collection: null })).toEqual({})
  expect(isFiltered(toChoice({}))).toBe(false)
})

it('comes back as it was chosen', () => {
  const choice = { documents: ['a'], recent: true, collection: 'letters' }
  expect(toChoice(toFilters(choice))).toEqual(choice)
  expect(isFiltered(choice)).toBe(true)
})

it('takes documents from an address, and nothing else', () => {
  const [a, b] = ['01930000-0000-7000-8000-000000000001', '01930000-0000-7000-8000-000000000002']
  expect(documentsOf(`${a},${b}`)).toEqual([a, b])
  expect(documentsOf([a, a, 'x', null])).toEqual([a])
  expect(documentsOf(undefined)).toEqual([])
})
