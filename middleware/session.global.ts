import { safeNextPath } from '#shared/utils/next-path'

/** Everything but the sign-in page needs a session. */
export default defineNuxtRouteMiddleware(async (to) => {
  const { load } = useSession()
  const { authenticated } = await load()
  if (to.path === '/login') {
    if (authenticated) return navigateTo(safeNextPath(to.query.next), { replace: true })
    return
  }
  if (!authenticated) return navigateTo({ path: '/login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }, { replace: true })
})
