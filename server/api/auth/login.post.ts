import { loginSchema, type SessionInfo } from '#shared/schemas/session'

export default defineEventHandler(async (event): Promise<SessionInfo> => {
  const { password } = await readValidated(event, loginSchema)
  const { token, expiresAt } = await useGate().signIn(password, clientAddress(event), readSessionCookie(event))
  writeSessionCookie(event, token)
  return { authenticated: true, expiresAt }
})
