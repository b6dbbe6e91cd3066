import { splitIdentifier } from './terms.ts'

/** What a question calls a thing of a program. Only words that mean little else beside a name: types, objects and tests are everywhere. */
const KIND = /^(?:class(?:es)?|structs?|enums?|traits?|interfaces?|methods?|functions?|constructors?|macros?|namespaces?)$/i
/** Something in backticks, or a name with what it belongs to (`Morse.decode`, `std::raise`) and the brackets of a call. */
const WORD = /`([^`\s]+)`|([\p{L}_][\p{L}\p{N}_]*(?:(?:::|\.)[\p{L}_][\p{L}\p{N}_]*)*)(\([^()]*\))?/gu
const NAME = /^[\p{L}_][\p{L}\p{N}_]+$/u
/** Each is looked for in each candidate. */
const MAX_NAMES = 8

export interface CodeNames {
  /** As they are written, each once. */
  names: string[]
  /** Words of the question that only say what kind of thing a name is, in lower case: “the `hash` method”. */
  kinds: string[]
}

interface Word { text: string, sure: boolean, start: number, end: number }

/**
 * What a question names of a program: what stands in backticks or is called, what is written as no word of a language is
 * (`parseBody`, `max_tokens`), and what “the … class” or another kind of thing is called. The last may be prose (“the middle
 * class”), so its kind is left as it is.
 */
export function codeNames(question: string): CodeNames {
  const words = [...question.matchAll(WORD)].map(({ 0: whole, 1: quoted, 2: bare, 3: call, index }): Word => {
    const text = (quoted ?? bare!).replace(/\(.*$/, '').split(/::|\./).at(-1)!
    return { text, sure: quoted !== undefined || call !== undefined || isIdentifier(text), start: index, end: index + whole.length }
  })
  const names = new Set<string>()
  const kinds = new Set<string>()
  for (const [index, word] of words.entries()) {
    const [before, after] = [words[index - 1], words[index + 1]].map(other => other && isBeside(question, word, other) ? other : undefined)
    const beside = [before, after].filter(other => other !== undefined).filter(isKind)
    const isNamed = word.sure || (!isKind(word) && /^the$/i.test(before?.text ?? '') && after !== undefined && isKind(after))
    if (!isNamed || !NAME.test(word.text) || names.size >= MAX_NAMES) continue
    names.add(word.text)
    if (word.sure) for (const { text } of beside) kinds.add(text.toLowerCase())
  }
  return { names: [...names], kinds: [...kinds] }
}

function isKind({ text, sure }: Word): boolean {
  return !sure && KIND.test(text)
}

function isIdentifier(word: string): boolean {
  return word.includes('_') || splitIdentifier(word).length > 1
}

function isBeside(question: string, a: Word, b: Word): boolean {
  return /^\s+$/.test(a.start < b.start ? question.slice(a.end, b.start) : question.slice(b.end, a.start))
}

/** Words that stand before a name where it is defined, in the languages that most code is written in. */
const KEYWORDS = 'class|struct|enum|trait|interface|record|object|module|namespace|package|protocol|def|fn|func|fun|function|type|macro|impl|const|let|var|val|#define|macro_rules!'
/** The brackets of a definition and what comes before its body; those of a call end with a semicolon. */
const SIGNATURE = String.raw`\s*\([^;{}]{0,300}\{`
/** What ends the type of a function, and is no word that a call may follow. */
const AFTER_TYPE = String.raw`[\p{L}\p{N}_>&*\])](?<!\b(?:new|return|await|throw|else))\s+[&*]*`

/** Finds where a text defines a name ({@link codeNames}): by a keyword, or by brackets and a body. It looks at shapes and knows no grammar. */
export function definitionOf(name: string): RegExp {
  return new RegExp([
    String.raw`(?<![\p{L}\p{N}_])(?:${KEYWORDS})\s+(?:[\p{L}\p{N}_]+(?:::|\.))*${name}(?![\p{L}\p{N}_])`,
    `(?:${AFTER_TYPE}|::)${name}${SIGNATURE}`,
    String.raw`^[ \t]*${name}${SIGNATURE}`,
    String.raw`(?<![\p{L}\p{N}_])${name}\s*[=:]\s*(?:async\s*)?(?:function\b|\([^;{}()]{0,200}\)\s*=>)`,
  ].join('|'), 'mu')
}
