import { MAX_UPLOAD_BYTES, type UploadResult } from '../schemas/documents.ts'

/** Offered by the file picker. The server looks at the bytes, so another name is not refused. */
export const ACCEPTED_FILES = '.pdf,.docx,.pptx,.odt,.odp,.rtf,.xlsx,.xlsm,.ods,.csv,.tsv,.tab,.epub,.eml,.mbox,.md,.markdown,.html,.htm,.txt,.text,.log,.png,.jpg,.jpeg,.tif,.tiff,text/plain,text/markdown,text/html,application/pdf,image/png,image/jpeg,image/tiff'

export const UPLOAD_LIMIT = `${MAX_UPLOAD_BYTES / 1024 / 1024} MB`

/** Why a file need not be sent at all, or null. */
export function fileProblem(file: { size: number }): string | null {
  if (file.size === 0) return 'This file is empty.'
  if (file.size > MAX_UPLOAD_BYTES) return `This file is larger than ${UPLOAD_LIMIT}. Split it and upload the parts.`
  return null
}

export type UploadOutcome
  = | { state: 'added' | 'duplicate', document: { id: string, title: string }, message: null }
    /** The file is the reason: sending it again changes nothing. */
    | { state: 'rejected', document: null, message: string }
    /** Something else is: it may be sent again. */
    | { state: 'failed', document: null, message: string }

const NO_ANSWER = 'The connection broke before the file was sent. Try again.'

/** What became of one file, from the answer to its upload. Status 0 is no answer at all. */
export function uploadOutcome(status: number, body: unknown): UploadOutcome {
  if (status === 201 && isUploadResult(body)) {
    const [added] = body.documents
    if (added) return { state: 'added', document: { id: added.id, title: added.title }, message: null }
    const [duplicate] = body.duplicates
    if (duplicate) return { state: 'duplicate', document: { id: duplicate.id, title: duplicate.title }, message: null }
    return { state: 'rejected', document: null, message: body.rejected[0]?.message ?? 'The server did not take this file.' }
  }
  const message = typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string' ? body.message : null
  if (status === 413) return { state: 'rejected', document: null, message: message ?? `This file is larger than ${UPLOAD_LIMIT}. Split it and upload the parts.` }
  // Of what the server could not take, a broken line is not the file's fault.
  const isBroken = typeof body === 'object' && body !== null && 'code' in body && body.code === 'upload_broken'
  if (status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status) && !isBroken) return { state: 'rejected', document: null, message: message ?? 'The server did not take this file.' }
  return { state: 'failed', document: null, message: message ?? (status === 0 ? NO_ANSWER : `The server could not take this file (${status}). Try again.`) }
}

function isUploadResult(value: unknown): value is UploadResult {
  return typeof value === 'object' && value !== null && 'documents' in value && Array.isArray(value.documents)
}
