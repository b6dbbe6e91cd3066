import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeNames, definitionOf } from '../../../../server/retrieval/names.ts'

describe('codeNames', () => {
  it.each([
    ['What does `total` add up?', ['total'], []],
    ['How does the `hash` method treat a salt?', ['hash'], ['method']],
    ['What does parseBody() do in the HttpReader class?', ['parseBody', 'HttpReader'], ['class']],
    ['Which struct max_tokens belongs to', ['max_tokens'], ['struct']],
    ['What is Reader.close() for, and std::raise_all?', ['close', 'raise_all'], []],
    // Perhaps a name, perhaps prose: looked for as one, but the word beside it stays.
    ['What does the Octal class do?', ['Octal'], []],
    ['How large is the middle class?', ['middle'], []],
    ['Which class of people could vote?', [], []],
    ['Who wrote the Maple Leaf Rag?', [], []],
    ['the x method', [], []],
  ])('%s', (question, names, kinds) => expect(codeNames(question)).toEqual({ names, kinds }))

  it('is bounded, and takes any text', () => {
    expect(codeNames(Array.from({ length: 100 }, (_, i) => `name_${i}`).join(' ')).names).toHaveLength(8)
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (question) => {
      for (const name of codeNames(question).names) expect(() => definitionOf(name)).not.toThrow()
    }))
  })
})

describe('definitionOf', () => {
  const defines = (name: string, text: string) => definitionOf(name).test(text)

  it.each([
    ['Octal', 'class Octal(Decoder[str]):'],
    ['HashBuilder', 'public class HashBuilder\n{'],
    ['decode', '    def decode(self, ctext: T) -> Optional[U]:'],
    ['proc_raise', 'pub(crate) fn proc_raise<T>(&self) -> Result<()> {'],
    ['hash', '    @Override\n    public Hash hash(CharSequence text)\n\n    {\n'],
    ['procRaise', 'WasiExpect<void> Environ::procRaise(Signal) const noexcept {'],
    ['Reader', 'Reader::Reader(int size) : size_(size) {'],
    ['Serve', 'func (s *Server) Serve(l net.Listener) error {'],
    ['render', 'class View {\n  render(state) {\n    return null\n  }'],
    ['load', 'const load = async (path) => {'],
    ['load', 'exports.load = function (path) {'],
    ['MAX_ROWS', '#define MAX_ROWS 12'],
  ])('finds %s in %s', (name, text) => expect(defines(name, text)).toBe(true))

  it.each([
    ['hash', 'return hash(text) {'],
    ['hash', 'Hash result = builder.hash(text);'],
    ['Octal', 'octal = Octal(config)'],
    ['Octal', 'class OctalDecoder:'],
    ['Reader', 'return new Reader(path) {'],
    ['load', 'preload = (path) => {'],
    ['middle', 'The middle class (by income) grew.'],
  ])('does not find %s in %s', (name, text) => expect(defines(name, text)).toBe(false))

  it('takes no long time over text that nearly fits', () => {
    const hostile = ['hash(', '  hash', 'a\n', 'Hash hash (x ', 'class ns::', 'hash = ('].map(piece => piece.repeat(20_000))
    for (const text of hostile) expect(defines('hash', `${text};`)).toBe(false)
  })
})
