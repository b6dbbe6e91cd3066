import type { SessionInfo } from '#shared/schemas/session'

/** Whether the owner is signed in. Asked for once a page load; `expire` is called by any answer 401. */
export function useSession() {
  const session = useState<SessionInfo | null>('session', () => null)
  const api = useApi()
  const router = useRouter()

  async function load(): Promise<SessionInfo> {
    session.value ??= await api<SessionInfo>('/api/auth/session')
    return session.value
  }

  async function signIn(password: string): Promise<void> {
    session.value = await api<SessionInfo>('/api/auth/login', { method: 'POST', body: { password } }) ?? { authenticated: true, expiresAt: null }
    session.value = { ...session.value, authenticated: true }
  }

  async function signOut(): Promise<void> {
    await api('/api/auth/session', { method: 'DELETE' })
    // A full load: nothing of the library stays in the memory of a page that anyone may now look at.
    window.location.assign('/login')
  }

  async function expire(): Promise<void> {
    if (session.value?.authenticated === false) return
    session.value = { authenticated: false, expiresAt: null }
    await navigateTo({ path: '/login', query: { next: router.currentRoute.value.fullPath } })
  }

  return { session: readonly(session), load, signIn, signOut, expire }
}
