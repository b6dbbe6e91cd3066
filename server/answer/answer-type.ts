/** What kind of thing a question asks for. Null where its words do not say, as in other languages than English. */
export type AnswerType = 'year' | 'date' | 'money' | 'percent' | 'duration' | 'number' | 'person' | 'name' | 'place' | 'reason'

const MONTH = 'January|February|March|April|May|June|July|August|September|October|November|December'
const YEAR = /\b(?:1\d{3}|20\d{2})\b/
const DATE = new RegExp(String.raw`\b(?:1\d{3}|20\d{2}|\d{2,4}s|\d+ ?(?:BC|AD|BCE|CE)|(?:${MONTH})\b(?=\s\d|[,.;])|\d (?:${MONTH})|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|centur(?:y|ies)|decades?|years? (?:ago|later|after|before)|spring|summer|autumn|winter|today|now|since|until|after|during)\b`, 'i')
const NUMBER_WORD = /\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|half|twice|once|quarters?|thirds?|percent|several|pairs?|double|triple)\b/i
const MONEY = /[$€£¥]|\b(?:dollars?|euros?|pounds?|cents?|yen|price|cost|paid|worth|million|billion|fees?|royalt(?:y|ies))\b/i
const PERCENT = /%|\bper ?cent\b|\bpercentage\b|\bhalf\b|\bthirds?\b|\bquarters?\b/i
const SPAN = /\b(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|centur(?:y|ies)|decades?|kilomet(?:er|re)s?|km|miles?|met(?:er|re)s?|feet|foot|inch(?:es)?|cm|mm)\b/i
const REASON = /\b(?:because|since|due to|therefore|thus|so that|in order to|as a result|caus\w+|leads? to|led to|owing to|reasons?|why|to (?:avoid|prevent|ensure|allow|make|help|reduce|protect|keep|be|give|get|increase|maintain))\b/i

const QUESTION_WORD = /\b(?:what|which|whom|whose|who|when|where|why|how)\b/
/** What ends the noun that follows "which": "what year | did …", "which city | of …". */
const AFTER_HEAD = /\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must|of|in|for|that|which|who|on|at|from|to|by|with)\b/
const HEADS: [RegExp, AnswerType][] = [
  [/\byears?\b/, 'year'],
  [/\b(?:dates?|days?|months?|centur(?:y|ies)|decades?|times?|eras?|periods?)\b/, 'date'],
  [/\b(?:percent(?:age)?s?|proportions?|fractions?|shares?)\b/, 'percent'],
  [/\b(?:prices?|costs?|salary|fees?)\b/, 'money'],
  [/\b(?:numbers?|amounts?|sizes?|ages?|scores?|rates?|ranks?|distances?|lengths?|widths?|heights?|temperatures?|populations?|speeds?|weights?|totals?)\b/, 'number'],
  [/\b(?:person|people|man|woman|players?|authors?|artists?|composers?|scientists?|king|queen|presidents?|leaders?|emperors?|actors?|actress|ministers?|coach|architects?|engineers?|writers?|poets?|philosophers?|bishop|pope|general)\b/, 'person'],
  [/\b(?:names?|compan(?:y|ies)|organi[sz]ations?|teams?|groups?|part(?:y|ies)|universit(?:y|ies)|schools?|networks?|institutions?|agenc(?:y|ies)|bands?|tribes?|church(?:es)?|courts?|acts?|treat(?:y|ies)|wars?|battles?|books?|newspapers?|magazines?|films?|songs?|ships?|languages?|publishers?)\b/, 'name'],
  [/\b(?:cit(?:y|ies)|countr(?:y|ies)|states?|places?|regions?|towns?|rivers?|areas?|continents?|locations?|streets?|islands?|count(?:y|ies)|provinces?|districts?|seas?|oceans?|lakes?|mountains?)\b/, 'place'],
  [/\b(?:reasons?|purposes?|causes?|caused)\b/, 'reason'],
]
const NUMBERS = new Set<AnswerType | null>(['year', 'date', 'money', 'percent', 'duration', 'number'])
const ABOUT_MONEY = /\b(?:costs?|pay|paid|money|worth|spen[dt]|earn\w*|price|revenue|invest\w*|charged?|budget|owed?)\b/

/** Reads the question word and the noun after it; only the one that asks, not a "when" that opens a clause. */
export function answerTypeOf(question: string): AnswerType | null {
  const q = question.toLowerCase()
  const found = QUESTION_WORD.exec(q)
  if (!found) return null
  let asks = found[0]
  let rest = q.slice(found.index + asks.length)
  // "When imperialism changes a culture, what is it called?"
  const main = asks === 'when' || asks === 'where' ? new RegExp(String.raw`,\s(?:\w+\s)?(${QUESTION_WORD.source})`).exec(rest) : null
  if (main) {
    asks = main[1]!
    rest = rest.slice(main.index + main[0].length)
  }
  switch (asks) {
    case 'when': return 'date'
    case 'where': return 'place'
    case 'why': return 'reason'
    case 'who': case 'whom': case 'whose': return 'person'
    case 'how':
      if (/^ (?:much|expensive)\b/.test(rest) && ABOUT_MONEY.test(rest)) return 'money'
      if (/^ (?:long|old)\b/.test(rest)) return 'duration'
      return /^ (?:many|much|far|tall|high|large|big|fast|often|deep|wide|heavy|likely|small|low|hot|cold|few|strong|thick)\b/.test(rest) ? 'number' : null
    default: {
      const noun = rest.split(AFTER_HEAD)[0]!
      // "What is the population of …"
      const complement = noun.trim() === '' ? /^\s*(?:is|was|are|were) the ((?:\w+ ){1,3})/.exec(rest)?.[1]?.split(AFTER_HEAD)[0] ?? '' : noun
      return HEADS.find(([head]) => head.test(complement))?.[1] ?? null
    }
  }
}

/** Whether the answer has to be a number of some kind: one that is missing is then easily seen. */
export function asksForNumber(question: string): boolean {
  return NUMBERS.has(answerTypeOf(question))
}

/** From 0 to 1: whether the sentence holds something of that kind which the question did not name itself. */
export function holdsAnswerType(type: AnswerType, sentence: string, question: string): number {
  const rest = withoutNumbersOf(question, sentence)
  const hasNumber = /\d/.test(rest) || NUMBER_WORD.test(rest)
  switch (type) {
    case 'year': return YEAR.test(rest) ? 1 : /\d{2}s?\b/.test(rest) ? 0.5 : 0
    case 'date': return DATE.test(rest) ? 1 : 0
    case 'money': return MONEY.test(rest) && hasNumber ? 1 : MONEY.test(rest) || hasNumber ? 0.5 : 0
    case 'percent': return PERCENT.test(rest) ? 1 : hasNumber ? 0.5 : 0
    case 'duration': return SPAN.test(rest) && hasNumber ? 1 : SPAN.test(rest) || hasNumber ? 0.5 : 0
    case 'number': {
      // A year alone counts nothing.
      const counts = rest.replace(/\b(?:1[5-9]\d\d|20[0-2]\d)\b(?!,\d)/g, ' ')
      return /\d/.test(counts) || NUMBER_WORD.test(counts) ? 1 : hasNumber ? 0.5 : 0
    }
    case 'person':
    case 'name':
    case 'place':
      return hasNewName(sentence, question) ? 1 : 0
    case 'reason':
      return REASON.test(sentence) ? 1 : 0
  }
}

/** The sentence without the numbers that the question itself contains: they cannot be the answer. */
function withoutNumbersOf(question: string, sentence: string): string {
  const known = new Set(question.match(/\d+/g) ?? [])
  return sentence.replace(/\d+/g, digits => known.has(digits) ? ' ' : digits)
}

const NO_NAME = new RegExp(`^(?:${MONTH}|I)$`)

/** A capitalised word that does not open the sentence and is not in the question, or a capitalised pair that opens it. */
function hasNewName(sentence: string, question: string): boolean {
  const asked = new Set(question.toLowerCase().match(/\p{L}+/gu) ?? [])
  const words = [...sentence.matchAll(/\p{L}[\p{L}'’-]*/gu)].map(([word]) => word)
  return words.some((word, index) => {
    if (!/^\p{Lu}/u.test(word) || NO_NAME.test(word) || asked.has(word.toLowerCase().replace(/['’]s$/, ''))) return false
    return index > 0 || /^\p{Lu}/u.test(words[1] ?? '')
  })
}
