import { READABLE_FORMATS } from '../../shared/utils/media-types.ts'
import { AppError } from '../utils/app-error.ts'

/** Ways a document cannot be read, in words for the person who uploaded it. Codes are stable. */
const FAILURES = {
  encrypted_pdf: [422, 'This PDF is protected with a password. Remove the password and upload it again.'],
  encrypted_file: [422, 'This file is protected with a password. Remove the password and upload it again.'],
  damaged_file: [422, 'This file is damaged: it could not be opened. Try to save or export it again.'],
  no_text: [422, 'This file contains no text to search.'],
  scanned: [422, 'This document looks scanned, and no text could be recognised in its pictures. Scan it again, straight and with at least 200 dpi.'],
  scanned_unread: [422, 'This document looks scanned, and text recognition is switched off here. Run it (OCR) elsewhere and upload the result.', 'scanned'],
  picture_without_text: [422, 'No text could be recognised in this picture. If there is any, take it again: straight, sharp and close up.', 'no_text'],
  picture_unread: [422, 'This is a picture, and text recognition is switched off here. Run it (OCR) elsewhere and upload the result.', 'scanned'],
  picture_too_large: [422, 'This picture has more pixels than can be read here. Save it with a lower resolution and upload it again.', 'too_large'],
  too_many_pages: [422, 'This document has more pages than can be read at once. Split it and upload the parts.'],
  too_large: [422, 'This document unpacks to more text than can be read at once. Split it and upload the parts.'],
  too_complex: [422, 'This document is too complex to read with the memory there is. Split it, or save it in a simpler form.'],
  too_slow: [422, 'Reading this document took too long and was stopped. Split it, or save it in a simpler form.'],
  unsupported_type: [415, `This kind of file is not supported. Ragtime reads ${READABLE_FORMATS}.`],
  killed: [503, 'Reading this document was ended from outside, most likely because the machine ran short of memory. The original is kept; you can try again.'],
  extractor_failed: [500, 'This document could not be read: the reader stopped unexpectedly. The original is kept; you can try again.'],
} satisfies Record<string, readonly [status: number, message: string, code?: string]>

export type FailureCode = keyof typeof FAILURES

/** What the formats throw inside the child; the code alone travels to the parent. */
export class ExtractFailure extends Error {
  readonly code: FailureCode

  constructor(code: FailureCode, options: { cause?: unknown } = {}) {
    super(FAILURES[code][1] as string, options)
    this.name = 'ExtractFailure'
    this.code = code
  }
}

/** The sentence for a code comes from here and never from the child, which a hostile file may have taken over. */
export function failure(code: string, cause?: unknown): AppError {
  const known: FailureCode = Object.hasOwn(FAILURES, code) ? code as FailureCode : 'extractor_failed'
  const [status, message, name = known] = FAILURES[known] as readonly [number, string, string?]
  return new AppError(name, status, message, { cause })
}
