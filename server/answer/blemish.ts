/** Headings of parts that name where things come from and say nothing themselves. */
const SOURCES_HEADING = /^[\d.\s]*(?:(?:list of |primary |secondary |selected |image |photo )?(?:sources?|references?|bibliograph(?:y|ies)|works cited|literature|citations?|footnotes|endnotes|credits|acknowledge?ments)|notes|further reading|external links|see also|selected bibliography|notes and references|references and notes|sources and further reading)\s*:?$/i

/** Whether a line is the heading of such a part. */
export function isSourcesHeading(line: string): boolean {
  return SOURCES_HEADING.test(line.trim())
}

/** An address in the text: such lines point elsewhere. */
const ADDRESS = /\bhttps?:\/\/|\bwww\.|\bdoi:\s?10\./i
/** "Oxford University Press, 2016", "Alfred A. Knopf, 1950.": the end of an entry in a bibliography, with no verb to make it a sentence. */
const IMPRINT = /(?:\b(?:Press|Publish(?:ers|ing)|Books|Verlag|Editions?|Knopf|Wiley|Springer|Elsevier|Routledge|Penguin|Norton|Macmillan|Journal|Proceedings|Quarterly|Review)\b[^.]*,\s*)(?:\w+ edition\s+)?(?:19|20)\d{2}\b/
const VERB = /\b(?:is|are|was|were|be|been|has|have|had|does|did|do|will|would|can|could|may|might|must|shall|should)\b/i
/** The question wants to know just that. */
const ABOUT_SOURCES = /\b(?:sources?|references?|bibliograph\w*|literature|cit(?:e[ds]?|ing|ations?)|footnotes?|links?|urls?|websites?|articles?|further reading|books?|isbn|doi)\b/i

/** “Table 3: Results on …”, “Figure 2. …”: says what a picture shows, not what is the case. */
const CAPTION = /^\s*(?:Table|Figure|Fig\.|Abbildung|Tabelle|Tabla|Figura|Tableau|Рис\.|Таблица)\s*\d+\s*[.:]/
const ABOUT_CAPTIONS = /\b(?:tables?|figures?|fig|charts?|diagrams?)\b/i
/** Begins in the middle, or ends there without being a row, an entry of a list or code. */
const BROKEN = /^\p{Ll}|[^\p{P}\p{S}\s]\s*[∑∏∫=+<>]$|\b(?:the|of|and|or|a|an|to|in|for|with|by|that)\s*$/u
/** Asks and does not answer, as in an interview or a list of questions. */
const ASKS = /[?？][”"’»)\]]*$/

/**
 * How little a sentence is worth quoting, whatever it shares with the question, from 0 to 1: 1 for lines that only point to
 * other works, such as the entries of a list of sources, which share many words with a question and answer none; less for
 * captions, for questions and for pieces of sentences. Unless the question asks for just that.
 */
export function blemish(sentence: string, headings: string[], question: string): number {
  if (!ABOUT_SOURCES.test(question)) {
    const listed = headings.some(isSourcesHeading)
    if (listed || ADDRESS.test(sentence) || (IMPRINT.test(sentence) && !VERB.test(sentence))) return 1
  }
  if (CAPTION.test(sentence) && !ABOUT_CAPTIONS.test(question)) return 0.4
  return BROKEN.test(sentence) || ASKS.test(sentence) ? 0.4 : 0
}
