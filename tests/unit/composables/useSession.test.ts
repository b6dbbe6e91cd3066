import { beforeEach, describe, expect, it, vi } from 'vitest'
import { readonly, ref, type Ref } from 'vue'
import { useSession } from '../../../composables/useSession.ts'

const states = new Map<string, Ref>()
const navigateTo = vi.fn()

beforeEach(() => {
  states.clear()
  navigateTo.mockClear()
  vi.stubGlobal('readonly', readonly)
  vi.stubGlobal('useState', (key: string, initial: () => unknown) => {
    if (!states.has(key)) states.set(key, ref(initial()))
    return states.get(key)
  })
  vi.stubGlobal('useApi', () => async () => ({ authenticated: true, expiresAt: null }))
  vi.stubGlobal('useRouter', () => ({ currentRoute: { value: { fullPath: '/chats/1' } } }))
  vi.stubGlobal('navigateTo', navigateTo)
})

describe('a session', () => {
  it('ends with an answer that says so, and leads to the password and back', async () => {
    const { session, load, expire } = useSession()
    await load()
    await expire(0)
    expect(session.value).toMatchObject({ authenticated: false })
    expect(navigateTo).toHaveBeenCalledExactlyOnceWith({ path: '/login', query: { next: '/chats/1' } })
  })

  it('is not ended by an answer to what was asked before it began', async () => {
    const { session, load, signIn, expire } = useSession()
    await load()
    await expire(0)
    await signIn('the password')
    navigateTo.mockClear()
    await expire(0)
    expect(session.value).toMatchObject({ authenticated: true })
    expect(navigateTo).not.toHaveBeenCalled()
    await expire(1)
    expect(session.value).toMatchObject({ authenticated: false })
  })
})
