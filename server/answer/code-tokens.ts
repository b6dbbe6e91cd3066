/** An open fenced code block: its mark, how many of it, and the container it stands in. */
export interface Fence { mark: string, length: number, quoted: boolean, indent: number }

/** Containers, mark and info string of a line that opens a fence. Four spaces without a container are no fence. */
const OPENING = /^((?:(?: {0,3}>[ \t]?| {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]{1,4})*) {0,3})(`{3,}|~{3,})([^\n]*)/
const MAY_OPEN = /^(?: {0,3}>[ \t]?| {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]{1,4})* {0,3}(?:$|[-*+]$|\d{1,9}[.)]?$|`{1,2}$|~{1,2}$|`{3}|~{3})/

/**
 * The fence that the line at the start of a text opens; null when it opens none, `undecided` when that needs more of
 * it, `unclear` when renderers may differ: nested containers, or an info string that can be read as a table row.
 */
export function fenceAt(text: string, final: boolean): { line: string, fence: Fence } | null | 'undecided' | 'unclear' {
  if (!MAY_OPEN.test(text)) return null
  const end = text.indexOf('\n')
  if (end < 0 && !final) return 'undecided'
  const line = end < 0 ? text : text.slice(0, end + 1)
  const opening = OPENING.exec(line)
  // A backtick fence has no backtick in its info string; then it is a code span.
  if (!opening || (opening[2]!.startsWith('`') && opening[3]!.includes('`'))) return null
  const [, containers, mark] = opening as unknown as [string, string, string]
  if (opening[3]!.includes('|') || containers.trim().split(/[ \t]+|(?<=>)/).length > 1) return 'unclear'
  return { line, fence: { mark: mark[0]!, length: mark.length, quoted: containers.includes('>'), indent: containers.length } }
}

/**
 * What a line is to an open fence. `left` is a line that does not belong to the fence's container any more: whether the
 * fence goes on is up to the renderer, so nothing after it may be taken for code.
 */
export function lineInFence(line: string, fence: Fence): 'inside' | 'closes' | 'left' {
  const content = fence.quoted ? /^ {0,3}> ?(.*)/s.exec(line)?.[1] : line
  if (content === undefined) return 'left'
  const indent = /^ */.exec(content)![0].length
  if (!fence.quoted && line.trim() !== '' && indent < fence.indent) return 'left'
  const mark = /^ *(`{3,}|~{3,})[ \t]*\n?$/.exec(content)?.[1]
  if (!mark?.startsWith(fence.mark) || mark.length < fence.length) return 'inside'
  // Further in it closes a fence in a list and not one outside of it.
  return indent <= 3 ? 'closes' : fence.quoted || fence.indent === 0 ? 'inside' : 'left'
}

/**
 * A code span of one or two backticks on one line; other backticks are escaped. The limits keep a reader of the text
 * from pairing backticks in another way than here: over lines, over table cells, or with one that nothing closed.
 */
export function codeSpanAt(text: string, final: boolean): { length: number, output: string } | null {
  const run = /^`+/.exec(text)![0].length
  const end = text.indexOf('\n')
  const complete = end >= 0 || final
  if (run === text.length && !final) return null
  const line = end < 0 ? text : text.slice(0, end)
  const escaped = { length: run, output: '\\`'.repeat(run) }
  if (run > 2) return escaped
  for (const { index, 0: match } of line.slice(run).matchAll(/`+/g)) {
    const close = run + index + match.length
    // More of the same run may still come.
    if (close === text.length && !final) return null
    if (match.length === run) return line.slice(0, close).includes('|') ? escaped : { length: close, output: text.slice(0, close) }
  }
  return complete ? escaped : null
}
