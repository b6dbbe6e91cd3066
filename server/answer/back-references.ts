/** How a question of one language leans on what was said before it. */
interface Language {
  /** What gives the language away; questions in English need nothing. */
  spoken: RegExp
  /** Openings that continue a conversation, whatever follows. */
  opens: RegExp
  /** Whole questions that ask about what was just said. */
  whole: RegExp
  /** Pronouns that stand for something named before. */
  pronoun: RegExp
}

/** Whole words, in scripts whose letters `\b` does not know as well. */
function words(alternatives: string, where: 'start' | 'anywhere' | 'all' = 'anywhere'): RegExp {
  const word = `(?<![\\p{L}\\p{N}])(?:${alternatives})(?![\\p{L}\\p{N}])`
  return new RegExp({ start: `^[^\\p{L}]*${word}`, anywhere: word, all: `^[^\\p{L}]*${word}[^\\p{L}]*$` }[where], 'iu')
}

/** `that` also opens clauses, so only where it stands for a thing. */
const ENGLISH: Language = {
  spoken: /(?:)/,
  opens: words('and|but|so|or|also|what about|how about|what else|anything else|tell me more|go on|continue|elaborate', 'start'),
  whole: words('why|why not|why so|why is that|how|how so|how come|when|where|who|really|explain|more|examples?|for example', 'all'),
  pronoun: new RegExp(`${words('it|its|itself|they|them|their|theirs|he|him|his|she|her|hers|this|these|those|former|latter|another|(?:is|was|does|did|do|of|about|for|after|before|with|by|than) that').source}|(?<!\\p{L})that\\s*\\?*$`, 'iu'),
}

const OTHERS: Language[] = [
  {
    spoken: words('wer|wen|wem|wann|wo|warum|wieso|wie|welche[rsmn]?|und|der|das|ist|wurde'),
    opens: words('und|aber|oder|was ist mit|wie steht es mit|was noch|mehr|weiter', 'start'),
    whole: words('warum|wieso|weshalb|wann|wo|wer|wie|wirklich|zum beispiel', 'all'),
    pronoun: words('er|ihn|ihm|sein(?:e[rsmn]?)?|dessen|deren|diese[rsmn]?|davon|dazu|damit|dafür|darüber|dort'),
  },
  {
    spoken: /[¿¡]|(?<!\p{L})(?:quién|qué|cuándo|dónde|cómo|cuál|cuánt[oa]s?)(?!\p{L})/iu,
    opens: words('y|pero|o|también|qué hay de|qué más', 'start'),
    whole: words('por qué|cuándo|dónde|quién|cómo|de verdad', 'all'),
    pronoun: words('él|ella|ellos|ellas|su|sus|suy[oa]s?|est[eao]s?|es[eao]s?'),
  },
  {
    spoken: words('qui|quand|où|pourquoi|comment|quel(?:le)?s?|combien|est-ce|et'),
    opens: words('et|mais|ou|aussi|qu\'en est-il', 'start'),
    whole: words('pourquoi|quand|où|qui|comment|vraiment', 'all'),
    pronoun: words('il|elle|ils|elles|lui|son|sa|ses|leurs?|celui-ci|celle-ci|cela|cette'),
  },
  {
    spoken: /\p{Script=Cyrillic}/u,
    opens: words('а|и|но|или|ещё|еще|что насчёт|что насчет', 'start'),
    whole: words('почему|зачем|когда|где|кто|как|правда', 'all'),
    pronoun: words('он|она|оно|они|его|её|ее|ему|ей|им|их|ним|ней|них|эт(?:от|а|о|и|ого|ой|их|ом)'),
  },
  {
    spoken: /\p{Script=Han}/u,
    opens: /^\s*(?:那么?|还有|但是?|所以)/u,
    whole: /^\s*(?:为什么|什么时候|在哪里?|谁|怎么)[？?]?\s*$/u,
    pronoun: /[他她它]|这[个些]|那[个些]|其中/u,
  },
]

export interface Reference { opens: boolean, whole: boolean, pronoun: boolean, english: boolean }

/** How a question leans on what was said before. */
export function backReference(question: string): Reference {
  const own = OTHERS.find(({ spoken }) => spoken.test(question) && !isEnglish(question))
  const language = own ?? ENGLISH
  return {
    opens: language.opens.test(question), whole: language.whole.test(question),
    pronoun: language.pronoun.test(own ? question : withoutInnerPronouns(question)), english: !own,
  }
}

const ENGLISH_WORD = words('what|which|who|whom|whose|when|where|why|how|is|are|do|does|did|the|of|about')

function isEnglish(question: string): boolean {
  return ENGLISH_WORD.test(question)
}

/** “Is it true that …”, and “Did Joplin sell his songs?”, whose pronoun stands for somebody in the question itself. */
function withoutInnerPronouns(question: string): string {
  return question
    .replace(/\b(?:is|was) it (?:true|possible|correct|right|known|said|clear) (?:that|to)\b/gi, '')
    .replace(/(?<=\S\s\p{Lu}[\p{L}'’-]+(?:\s\p{Lu}[\p{L}'’-]+)*\s(?:\S+\s){1,6})(?:his|her|its|their)\b(?=\s\p{L})/gu, '')
}
