/** What is accepted, found from the bytes and never from the name the browser sends. */
export const MEDIA_TYPES = {
  'application/pdf': 'PDF',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'Word',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PowerPoint',
  'application/vnd.oasis.opendocument.text': 'OpenDocument text',
  'application/vnd.oasis.opendocument.presentation': 'OpenDocument presentation',
  'application/rtf': 'RTF',
  'application/epub+zip': 'EPUB',
  'message/rfc822': 'E-mail',
  'application/mbox': 'Mailbox',
  'text/markdown': 'Markdown',
  'text/html': 'HTML',
  'text/plain': 'Text',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'Excel',
  'application/vnd.oasis.opendocument.spreadsheet': 'OpenDocument spreadsheet',
  'text/csv': 'CSV',
  'text/tab-separated-values': 'TSV',
  'image/png': 'PNG',
  'image/jpeg': 'JPEG',
  'image/tiff': 'TIFF',
} as const
export type MediaType = keyof typeof MEDIA_TYPES

/** What people call them, in the order in which they are told. */
const FAMILIES: Record<MediaType, string> = {
  'application/pdf': 'PDF',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'Word',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PowerPoint',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'Excel',
  'application/vnd.oasis.opendocument.text': 'OpenDocument',
  'application/vnd.oasis.opendocument.presentation': 'OpenDocument',
  'application/vnd.oasis.opendocument.spreadsheet': 'OpenDocument',
  'application/rtf': 'RTF',
  'application/epub+zip': 'EPUB',
  'message/rfc822': 'e-mail',
  'application/mbox': 'e-mail',
  'text/markdown': 'Markdown',
  'text/html': 'HTML',
  'text/plain': 'text and source code',
  'text/csv': 'CSV',
  'text/tab-separated-values': 'CSV',
  'image/png': 'pictures of text',
  'image/jpeg': 'pictures of text',
  'image/tiff': 'pictures of text',
}

/** All of them, for a sentence. */
export const READABLE_FORMATS = new Intl.ListFormat('en-GB').format(new Set(Object.values(FAMILIES)))
