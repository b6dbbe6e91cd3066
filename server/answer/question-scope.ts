const AUXILIARY = 'is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must'
/** “-ss” and “-us” are seldom plurals. */
const PLURAL = String.raw`(?!(?:is|was|does|has|this|its|basis)\b)\p{L}+(?<![su])s\b`
/** “What are the …”, “Which dances took …”, “What modifications were …”: the noun that is asked for is of several things. */
const SEVERAL = new RegExp([
  String.raw`\b(?:what|which|who)\s+(?:are|were)\s+(?:the|some|all|its|their|his|her|these|those)\b`,
  String.raw`\b(?:what|which)\s+(?:${PLURAL}|(?:[\p{L}-]+\s+){1,3}${PLURAL}\s+(?:${AUXILIARY}|\p{L}+ed))\b`,
].join('|'), 'iu')
/** An account of something takes more than a sentence. */
const ACCOUNT = new RegExp(String.raw`\bhow\s+(?:${AUXILIARY})\b|\bwhy\b|\bin (?:what|which) ways?\b|^\W*(?:(?:please|can you|could you)\s+)?(?:describe|explain|discuss|list|name|enumerate|outline|compare|summari[sz]e|tell me)\b`, 'i')

/** Whether a question wants several things: “Which dances …”, “Name the …”. Knows English alone. */
export function asksForSeveral(question: string): boolean {
  return SEVERAL.test(question) || /^\W*(?:list|name|enumerate)\b/i.test(question)
}

/** Whether a question wants several things or an account, which one sentence seldom gives whole. Knows English alone. */
export function asksForMore(question: string): boolean {
  return SEVERAL.test(question) || ACCOUNT.test(question)
}
