/** Groups whose text is no text of the document, or the same once more. Unknown ones with a star are left out, too. */
export const SKIPPED: ReadonlySet<string> = new Set([
  'filetbl', 'listtable', 'listoverridetable', 'revtbl', 'rsidtbl', 'nonshppict', 'shprslt', 'sp', 'ftnsep', 'ftnsepc', 'ftncn', 'aftnsep', 'aftnsepc', 'aftncn',
  'xe', 'tc', 'txe', 'rxe', 'pn', 'falt', 'panose', 'mmathPict', 'nonesttables', 'background', 'objdata', 'objclass', 'objname', 'themedata', 'colorschememapping', 'datastore', 'latentstyles',
])
/** Groups with a star that hold text of the document. */
export const STARRED: ReadonlySet<string> = new Set(['shpinst', 'do', 'moMath', 'moMathPara', 'nesttableprops'])
/** Words and symbols that stand for a character. */
export const CHARACTERS: Readonly<Record<string, string>> = {
  'tab': '\t', 'emdash': '—', 'endash': '–', 'emspace': ' ', 'enspace': ' ', 'qmspace': ' ', 'lquote': '‘', 'rquote': '’', 'ldblquote': '“', 'rdblquote': '”', 'bullet': '•',
  '~': '\u00A0', '_': '-', '\\': '\\', '{': '{', '}': '}', 'zwj': '\u200D', 'zwnj': '\u200C',
}
