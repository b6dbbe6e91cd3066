import { queryTerms } from '../retrieval/terms.ts'
import { backReference } from './back-references.ts'
import type { Turn } from './types.ts'

/** With this few words of its own, a question seldom names its topic. */
const FEW_WORDS = 2
/** A question with a verb of its own names what it is about, however short: "What is a cakewalk?", "Where was Joplin born?" */
const WHOLE_QUESTION = /^(?:(?:who|whom|whose|what|which|when|where|why|how)\b.*\s)?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\s/i
/** "Who invented stride?" has its verb among the terms; "Which publisher?" has none. */
const ASKS_FOR_SUBJECT = /^(?:who|what|which)\b/i
/** "Who was the publisher?": of what was just spoken about. "What is the cakewalk?" asks for a meaning. */
const THE_ONE = /^(?:who|when|where|how(?:\s\w+)?|what|which)\s(?:was|were|did|does|do|is|are)\sthe\s/i
const A_MEANING = /^what\s(?:is|are)\s/i
/** “What about Lamb?”, “And Lamb?”, “And in 1917?”: the same question about another one. */
const SAME_ABOUT = /^(?:and|but|or|what about|how about|und|aber|was ist mit|y|pero|et|mais|а|и|но)\s+(?:the\s+)?(?:(in|on|at|from|for|to|by)\s+)?([^?]+)\??$/iu
const MAX_CARRIED = 10
const MAX_DEPTH = 4

/** Whether a question needs what was said before to be understood. */
export function dependsOnHistory(question: string): boolean {
  const asked = question.trim()
  const { opens, whole, pronoun, english } = backReference(asked)
  if (whole || pronoun) return true
  if (opens) return !(english && namesItsTopic(withoutOpening(asked)))
  return english ? isFragment(asked) || (THE_ONE.test(asked) && !A_MEANING.test(asked) && !hasName(asked) && ownTerms(asked).length <= FEW_WORDS) : ownTerms(asked).length === 0
}

/** A whole question about something that has a name, or about some thing. */
function namesItsTopic(question: string): boolean {
  return WHOLE_QUESTION.test(question) && (hasName(question) || /\ban?\s\p{L}/iu.test(question))
}

function withoutOpening(question: string): string {
  return question.replace(/^(?:and|but|so|or|also)[\s,]+/i, '')
}

/** Capitalised inside the question, or a number. */
function hasName(question: string): boolean {
  return /\S\s+["'“‘(]?\p{Lu}\p{L}|\p{N}/u.test(question)
}

/** Too short to name its topic, such as "Publication date?". */
function isFragment(question: string): boolean {
  const terms = ownTerms(question).length
  if (terms > FEW_WORDS) return false
  return terms === 0 || !(WHOLE_QUESTION.test(question) || (terms === FEW_WORDS && ASKS_FOR_SUBJECT.test(question)))
}

/**
 * The question as a search that stands alone: a follow-up carries the topic words of the question before it, which
 * may itself have been one. Works without a model.
 */
export function standaloneQuery(question: string, history: Turn[]): string {
  const asked = history.filter(turn => turn.role === 'user').map(turn => turn.content).slice(-MAX_DEPTH)
  return resolve(question, asked)
}

function resolve(question: string, before: string[]): string {
  const previous = before.at(-1)
  if (previous === undefined || !dependsOnHistory(question)) return question
  const resolved = resolve(previous, before.slice(0, -1))
  const own = new Set(ownTerms(question))
  const replaced = replacedTerms(question, resolved)
  const carried = ownTerms(resolved).filter(term => !own.has(term) && !replaced.has(term)).slice(0, MAX_CARRIED)
  return carried.length > 0 ? `${question} (${carried.join(' ')})` : question
}

/** What the question puts something else in the place of: a number for numbers, a name for names. */
function replacedTerms(question: string, previous: string): Set<string> {
  const [, preposition, other] = SAME_ABOUT.exec(question.trim()) ?? []
  if (other === undefined) return new Set()
  const kind = /^\p{N}/u.test(other) ? /\p{N}[\p{N}.,]*/gu : !preposition && /^["“]?\p{Lu}/u.test(other) ? /(?<=\S\s+["'“‘(]?)\p{Lu}[\p{L}'’-]*/gu : null
  return new Set(kind ? [...previous.matchAll(kind)].flatMap(([match]) => queryTerms(match)) : [])
}

/** Stop-words and words that only point back are left out. */
function ownTerms(question: string): string[] {
  const terms = queryTerms(question)
  const everyWord = new Set(question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
  // queryTerms gives the stop-words back when there is nothing else.
  const isNothingElse = terms.length === everyWord.size
  return isNothingElse && terms.every((term) => {
    const { opens, whole, pronoun } = backReference(term)
    return opens || whole || pronoun
  }) ? [] : terms
}
