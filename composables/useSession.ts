import type { SessionInfo } from '#shared/schemas/session'

/** How often somebody has signed in on this page: what was asked before the last time says nothing about the session of now. */
export const useSignIns = () => useState('sign-ins', () => 0)

/** Whether the owner is signed in. Asked for once a page load; `expire` is called by any answer 401. */
export function useSession() {
  const signIns = useSignIns()
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
    signIns.value++
  }

  async function signOut(): Promise<void> {
    await api('/api/auth/session', { method: 'DELETE' })
    // A full load: nothing of the library stays in the memory of a page that anyone may now look at.
    window.location.assign('/login')
  }

  /** @param asked sign-ins at the time when the request was sent whose answer was 401 */
  async function expire(asked: number): Promise<void> {
    if (session.value?.authenticated === false || asked !== signIns.value) return
    session.value = { authenticated: false, expiresAt: null }
    await navigateTo({ path: '/login', query: { next: router.currentRoute.value.fullPath } })
  }

  return { session: readonly(session), load, signIn, signOut, expire }
}
