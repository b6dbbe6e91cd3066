import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The original, whole or one byte range of it; always an attachment. */
export default defineEventHandler(async (event) => {
  const { contentHash, filename, mediaType } = readDocument(event)
  const path = join(useServices().filesDir, contentHash)
  const { size } = await stat(path).catch((cause) => {
    throw new AppError('file_gone', 404, 'The original file of this document is gone. Upload it again to restore it.', { cause })
  })
  const etag = `"${contentHash}"`
  const unchanged = matchesEtag(getHeader(event, 'if-none-match'), etag)
  const range = unchanged ? null : parseByteRange(askedRange(event, etag), size)
  if (range === 'unsatisfiable') {
    setResponseHeader(event, 'content-range', `bytes */${size}`)
    throw new AppError('range_not_satisfiable', 416, 'The file has no such bytes.')
  }
  setContentHeaders(event, mediaType)
  setResponseHeaders(event, { 'content-disposition': contentDisposition(filename), 'accept-ranges': 'bytes', etag })
  if (unchanged) return sendNoContent(event, 304)
  const { start, end } = range ?? { start: 0, end: size - 1 }
  setResponseHeader(event, 'content-length', end - start + 1)
  if (range) setResponseHeader(event, 'content-range', `bytes ${start}-${end}/${size}`)
  setResponseStatus(event, range ? 206 : 200)
  if (event.method === 'HEAD') return send(event)
  await streamContent(event, createReadStream(path, { start, end: Math.max(start, end) }))
})
