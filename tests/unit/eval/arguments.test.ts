import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../../eval/support/arguments.ts'
import { parseSwitches } from '../../../eval/support/switches.ts'

const usual = { sets: null, settings: '', compare: null, dump: null, stages: false, searchOnly: false, write: false }

describe('the command line', () => {
  it('measures everything by default, or what it is told', () => {
    expect(parseArguments([])).toEqual({ run: 'measure', options: usual })
    expect(parseArguments(['--sets', 'papers,samples', '--set', 'a=1', '--set', 'b=2', '--dump', 'x.jsonl', '--stages', '--search-only']))
      .toEqual({ run: 'measure', options: { ...usual, sets: ['samples', 'papers'], settings: 'a=1,b=2', dump: 'x.jsonl', stages: true, searchOnly: true } })
    expect(parseArguments(['--compare', 'default', 'keyword=true'])).toMatchObject({ options: { compare: ['default', 'keyword=true'] } })
  })

  it('runs other parts with their own options', () => {
    expect(parseArguments(['boxes', '--sample=5', 'ocr'])).toEqual({ run: 'parts', parts: [{ part: 'boxes', options: ['--sample=5'] }, { part: 'ocr', options: [] }] })
    expect(parseArguments(['--golden', 'file.json'])).toEqual({ run: 'parts', parts: [{ part: 'golden', options: ['file.json'] }] })
  })

  it.each([
    [['retrieval'], 'There is no “retrieval”: name a part (boxes'],
    [['--nothing'], 'There is no “--nothing”'],
    [['--sets', 'samples,xquad'], 'There is no set xquad: name some of samples'],
    [['--sets'], '--sets needs a value: --sets samples,xquad-en'],
    [['--dump', '--write'], '--dump needs a value'],
    [['--compare', 'default'], '--compare needs a value'],
    [['--write', '--sets', 'samples'], '--write takes every set'],
    [['--compare', 'a', 'b', '--set', 'keyword=true'], '--compare prints differences alone'],
  ])('says what is wrong with %j', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message)
  })
})

describe('switches', () => {
  it('are read by name', () => {
    expect(parseSwitches('')).toEqual({})
    expect(parseSwitches(' keyword = true, vectorWeight=0.3')).toEqual({ keyword: true, vectorWeight: 0.3 })
  })

  it.each([
    ['nothing=1', 'There is no switch “nothing”: use some of candidates, vectorWeight, '],
    ['keyword=maybe', 'The switch “keyword” is true or false'],
    ['keyword', 'The switch “keyword” is true or false'],
    ['vectorWeight=much', 'The switch “vectorWeight” is a number, as in vectorWeight='],
    ['toString=1', 'There is no switch'],
  ])('say what is wrong with %s', (text, message) => {
    expect(() => parseSwitches(text)).toThrow(message)
  })
})
