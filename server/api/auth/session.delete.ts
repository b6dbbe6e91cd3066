/** Signs out. Also without a session: who wants to be out is out. */
export default defineEventHandler((event) => {
  useGate().signOut(readSessionCookie(event))
  clearSessionCookie(event)
  return sendNoContent(event)
})
