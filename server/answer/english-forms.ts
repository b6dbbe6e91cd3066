/**
 * Forms of English words that no ending tells, each line the form that stands for all: "Who taught him?" is answered by "Weiss was his
 * teacher" and "teaches". Forms that are as often another word ("saw", "found", "left", "lay", "bore", "felt", "wound") are brought
 * together all the same, because both sides go through it; those of function words are no matter.
 */
const IRREGULAR = `
arise arose arisen|bear bore born borne|beat beaten|become became|begin began begun|bend bent|bite bit bitten|bleed bled|blow blew blown|
break broke broken|breed bred|bring brought|build built|burn burnt|buy bought|catch caught|choose chose chosen|cling clung|come came|
creep crept|deal dealt|die died dies dying|dig dug|draw drew drawn|dream dreamt|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|
feed fed|feel felt|fight fought|find found|flee fled|fly flew flown flies|forbid forbade forbidden|forget forgot forgotten|forgive forgave forgiven|
freeze froze frozen|get got gotten|give gave given|go went gone|grow grew grown|hang hung|hear heard|hide hid hidden|hold held|keep kept|
know knew known|lay laid|lead led|lean leant|leap leapt|learn learnt|leave left|lend lent|lie lay lain lies lied lying|light lit|lose lost|
make made|mean meant|meet met|mistake mistook mistaken|pay paid|prove proven|ride rode ridden|ring rang rung|rise rose risen|run ran|
say said|see saw seen|seek sought|sell sold|send sent|shake shook shaken|shine shone|shoot shot|show shown|shrink shrank shrunk|
sing sang sung|sink sank sunk|sit sat|sleep slept|slide slid|speak spoke spoken|speed sped|spell spelt|spend spent|spin spun|spring sprang sprung|
stand stood|steal stole stolen|stick stuck|strike struck stricken|strive strove striven|swear swore sworn|sweep swept|swim swam swum|swing swung|
take took taken|teach taught|tear tore torn|tell told|think thought|throw threw thrown|tie ties tied tying|understand understood|
undergo underwent undergone|undertake undertook undertaken|wake woke woken|wear wore worn|weave wove woven|weep wept|win won|withdraw withdrew withdrawn|
write wrote written|overcome overcame|overthrow overthrew overthrown|foresee foresaw foreseen|withstand withstood|rebuild rebuilt|resell resold|
child children|foot feet|goose geese|man men|mouse mice|tooth teeth|woman women|wife wives|half halves|knife knives|
wolf wolves|shelf shelves|self selves|thief thieves|loaf loaves|crisis crises|analysis analyses|hypothesis hypotheses|thesis theses|
criterion criteria|phenomenon phenomena|medium media|bacterium bacteria|curriculum curricula|datum data|nucleus nuclei|stimulus stimuli|
index indices|matrix matrices|vertex vertices|appendix appendices`

const BASES = new Map(IRREGULAR.split('|').flatMap((line) => {
  const [base, ...forms] = line.trim().split(/\s+/)
  return forms.map(form => [form, base!] as const)
}))

/** The word that an irregular form belongs to; any other word itself. Takes lower case. */
export function baseForm(word: string): string {
  return BASES.get(word) ?? word
}
