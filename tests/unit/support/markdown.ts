import fc from 'fast-check'

const word = fc.constantFrom('rag', 'piano', 'Joplin', 'a', '1899', '**bold**', '*soft*', '`code`', '\\*', '&amp;', 'x|y', '[x](y)', '“so”')
const sentence = fc.array(word, { minLength: 1, maxLength: 6 }).map(words => `${words.join(' ')}.`)
const paragraph = fc.array(sentence, { minLength: 1, maxLength: 3 }).chain(parts => fc.constantFrom(' ', '\n').map(between => parts.join(between)))

/** Markdown as answers have it: the constructs a model writes, in any order, also nested and sloppy. */
export function markdown(): fc.Arbitrary<string> {
  const block = fc.oneof(
    paragraph,
    sentence.map(text => `## ${text}`),
    fc.array(sentence, { minLength: 1, maxLength: 4 }).map(items => items.map(item => `- ${item}`).join('\n')),
    fc.array(sentence, { minLength: 1, maxLength: 3 }).map(items => items.map((item, index) => `${index + 1}. ${item}\n   - ${item}`).join('\n')),
    fc.array(sentence, { minLength: 1, maxLength: 3 }).map(lines => lines.map(line => `> ${line}`).join('\n')),
    fc.tuple(sentence, sentence).map(([a, b]) => `| ${a.replaceAll('|', '\\|')} | b |\n| --- | ---: |\n| c | ${b.replaceAll('|', '\\|')} |`),
    fc.array(sentence, { minLength: 1, maxLength: 3 }).map(lines => `\`\`\`\n${lines.join('\n')}\n\`\`\``),
    fc.constant('---'),
  )
  return fc.array(block, { minLength: 1, maxLength: 6 }).chain(blocks => fc.constantFrom('\n\n', '\n').map(between => blocks.join(between)))
}
