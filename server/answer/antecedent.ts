import type { Candidate } from './sentences.ts'

/** Words that stand for what the sentence before has named or go on with it, as the first ones; “It is said that …” is among them and does no harm. */
const OPENS = new RegExp(String.raw`^["“'‘(]?(?:${[
  'He|She|It|They|This|These|Those|That|His|Her|Its|Their|Such|The (?:former|latter)|Both|Neither|Here|There(?:fore|by|after)?|Thus|As such|And|But|So|Yet|Or|Nor|However|Instead|Otherwise|By (?:doing so|contrast)|In (?:doing so|contrast|addition|turn)|As a (?:result|consequence)|Since then|After (?:that|this)|For (?:this|these|that) \\p{L}+',
  'Er|Sie|Es|Dies(?:e[rsmn]?)?|Sein(?:e[rsmn]?)?|Ihr(?:e[rsmn]?)?|Dabei|Damit|Dadurch|Davon|Dazu|Dort',
  'Él|Ella|Ellos|Ellas|Su|Sus|Est[eao]s?|Es[eao]s?|Il|Elle|Ils|Elles|Son|Sa|Ses|Leurs?|Cela|Cette|Ces',
  'Он|Она|Оно|Они|Его|Её|Ее|Их|Эт(?:от|а|о|и)',
].join('|')})(?![\p{L}\p{N}])`, 'u')
/** Longer than this the two are no longer read as one. */
const MAX_CHARS = 700

/**
 * A sentence as it can be understood alone: one that opens with a word for something named before comes with the sentence before, as one quote.
 * Any other one comes as it is.
 *
 * @param candidate whose chunk holds both sentences
 */
export function withAntecedent(candidate: Candidate): Candidate {
  const { lead, chunk, end } = candidate
  if (!lead || !OPENS.test(candidate.text) || end - lead.start > MAX_CHARS) return candidate
  return { ...candidate, start: lead.start, index: candidate.index - 1, text: chunk.text.slice(lead.start - chunk.start, end - chunk.start), lead: null }
}
