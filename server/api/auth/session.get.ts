import type { SessionInfo } from '#shared/schemas/session'

export default defineEventHandler((event): SessionInfo => {
  const session = event.context.session
  return { authenticated: Boolean(session), expiresAt: session?.expiresAt ?? null }
})
