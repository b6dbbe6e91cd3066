import { queryTerms } from '../retrieval/terms.ts'
import type { Turn } from './types.ts'

/** Words that point at something said before; `that` also opens clauses, so only where it stands for a thing. */
const POINTS_BACK = /\b(?:it|its|itself|they|them|their|theirs|he|him|his|she|her|hers|this|these|those|former|latter|another|(?:is|was|does|did|do|of|about|for|after|before|with|by|than) that)\b|\bthat\s*\?*$/i
/** Openings that continue a conversation. */
const CONTINUES = /^(?:and|but|so|or|also|why|how so|what about|how about|what else|anything else|tell me more|go on|continue|explain|elaborate|really)\b/i
/** With this few words of its own, a question seldom names its topic. */
const FEW_WORDS = 2
/** A question with a verb of its own names what it is about, however short: "What is a cakewalk?", "Where was Joplin born?" */
const WHOLE_QUESTION = /^(?:(?:who|whom|whose|what|which|when|where|why|how)\b.*\s)?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\s/i
/** "Who invented stride?" has its verb among the terms; "Which publisher?" has none. */
const ASKS_FOR_SUBJECT = /^(?:who|what|which)\b/i
const MAX_CARRIED = 10
const MAX_DEPTH = 4

/** Whether a question needs what was said before to be understood. */
export function dependsOnHistory(question: string): boolean {
  return CONTINUES.test(question.trim()) || POINTS_BACK.test(question) || isFragment(question)
}

/** Too short to name its topic, such as "Publication date?". */
function isFragment(question: string): boolean {
  const terms = ownTerms(question).length
  if (terms > FEW_WORDS) return false
  return terms === 0 || !(WHOLE_QUESTION.test(question.trim()) || (terms === FEW_WORDS && ASKS_FOR_SUBJECT.test(question.trim())))
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
  const own = new Set(ownTerms(question))
  const carried = ownTerms(resolve(previous, before.slice(0, -1))).filter(term => !own.has(term)).slice(0, MAX_CARRIED)
  return carried.length > 0 ? `${question} (${carried.join(' ')})` : question
}

/** Stop-words are left out; a question of nothing else has no term of its own. */
function ownTerms(question: string): string[] {
  const terms = queryTerms(question)
  const everyWord = question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  // queryTerms gives the stop-words back when there is nothing else.
  return terms.length === new Set(everyWord).size && terms.every(term => POINTS_BACK.test(term) || CONTINUES.test(term)) ? [] : terms
}
