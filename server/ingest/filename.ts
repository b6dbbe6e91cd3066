const MAX_FILENAME = 255
const MAX_TITLE = 300

/** The name as it is stored and offered for download: no path, no control characters, never empty. */
export function cleanFilename(name: string): string {
  const base = name.normalize('NFC').toWellFormed().split(/[/\\]/).at(-1)!
  // Control and bidirectional formatting characters can make a name look like another one.
  const clean = base.replaceAll(/[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '').trim()
  if (clean === '' || clean === '.' || clean === '..') return 'document'
  if (clean.length <= MAX_FILENAME) return clean
  const extension = /\.[^.]{1,10}$/.exec(clean)?.[0] ?? ''
  return (clean.slice(0, MAX_FILENAME - extension.length) + extension).toWellFormed()
}

/** The title of a document that was given none: its file name without the extension. */
export function defaultTitle(filename: string): string {
  const stem = filename.replace(/(?<=.)\.[A-Za-z0-9]{1,10}$/, '')
  return stem.replaceAll(/[_\s]+/g, ' ').trim().slice(0, MAX_TITLE) || filename
}
