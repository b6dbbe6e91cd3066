/**
 * What kind of thing a question asks for, and whether a sentence holds one that the question did not name itself.
 * General cues of English questions; a sentence without them is not ruled out, it only ranks a little lower.
 */
export type AnswerType = 'date' | 'number' | 'person' | 'place' | 'reason'

const NUMBER_WORD = /\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|twenty|thirty|forty|fifty|hundreds?|thousands?|millions?|billions?|half|twice|quarter|third|percent)\b/i
const DATE = /\b(?:1\d{3}|20\d{2}|\d{1,2}(?:st|nd|rd|th) centur(?:y|ies)|\d{2,4}s|January|February|March|April|June|July|August|September|October|November|December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|BC|AD|century|decade)\b/
const REASON = /\b(?:because|since|due to|therefore|thus|so that|in order to|as a result|caused?|leads? to|led to|owing to|reasons?|why|to (?:avoid|prevent|ensure|allow|make|help|reduce|protect|keep))\b/i

export function answerTypeOf(question: string): AnswerType | null {
  const q = question.toLowerCase()
  if (/\bwhen\b|\b(?:what|which|in what|in which) (?:year|date|day|month|century|decade|time|era)\b/.test(q)) return 'date'
  if (/\bhow (?:many|much|long|old|far|tall|high|large|big|fast|often|deep|wide|heavy|likely)\b|\b(?:what|which) (?:number|percent(?:age)?|fraction|share|amount|proportion|size|age|score|rate|rank)\b|\bhow .*\b(?:percent|number)\b/.test(q)) return 'number'
  if (/\bwho(?:m|se)?\b|\b(?:what|which) (?:person|man|woman|player|author|artist|composer|scientist|king|queen|president|leader|company|organi[sz]ation|team|group)\b/.test(q)) return 'person'
  if (/\bwhere\b|\b(?:what|which) (?:city|country|state|place|region|town|river|area|continent|location|street|island|county)\b/.test(q)) return 'place'
  if (/\bwhy\b|\b(?:for )?what (?:reason|purpose|cause)\b/.test(q)) return 'reason'
  return null
}

/** 1 when the sentence holds something of that kind, else 0. */
export function holdsAnswerType(type: AnswerType, sentence: string, question: string): number {
  switch (type) {
    case 'date':
      return DATE.test(without(sentence, question)) ? 1 : 0
    case 'number': {
      const rest = without(sentence, question)
      return /\d/.test(rest) || NUMBER_WORD.test(rest) ? 1 : 0
    }
    case 'person':
    case 'place':
      return properNames(sentence, question) ? 1 : 0
    case 'reason':
      return REASON.test(sentence) ? 1 : 0
  }
}

/** The sentence without the numbers that the question itself contains: they cannot be the answer. */
function without(sentence: string, question: string): string {
  const known = new Set(question.match(/\d+/g) ?? [])
  return sentence.replace(/\d+/g, digits => known.has(digits) ? ' ' : digits)
}

/** A capitalised word that does not open the sentence and is not in the question, or a capitalised pair that opens it. */
function properNames(sentence: string, question: string): boolean {
  const asked = new Set(question.toLowerCase().match(/\p{L}+/gu) ?? [])
  const words = [...sentence.matchAll(/\p{L}[\p{L}'’-]*/gu)].map(([word]) => word)
  return words.some((word, index) => {
    if (!/^\p{Lu}/u.test(word) || asked.has(word.toLowerCase())) return false
    return index > 0 || /^\p{Lu}/u.test(words[1] ?? '')
  })
}
