/** Without this an unknown API path falls through to a rendered page. */
export default defineEventHandler(() => {
  throw new AppError('not_found', 404, 'There is nothing at this address.')
})
