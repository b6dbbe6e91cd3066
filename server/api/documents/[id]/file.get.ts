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
  const ifRange = getHeader(event, 'if-range')
  const range = ifRange && ifRange !== etag ? null : parseByteRange(getHeader(event, 'range'), size)
  if (range === 'unsatisfiable') {
    setResponseHeader(event, 'content-range', `bytes */${size}`)
    throw new AppError('range_not_satisfiable', 416, 'The file has no such bytes.')
  }
  const { start, end } = range ?? { start: 0, end: size - 1 }
  setContentHeaders(event, mediaType)
  setResponseHeaders(event, {
    'content-disposition': contentDisposition(filename), 'accept-ranges': 'bytes', etag, 'content-length': end - start + 1,
  })
  if (range) setResponseHeader(event, 'content-range', `bytes ${start}-${end}/${size}`)
  setResponseStatus(event, range ? 206 : 200)
  await streamContent(event, createReadStream(path, { start, end: Math.max(start, end) }))
})
