import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { compare, comparison } from '../../../eval/compare.ts'
import type { QuestionResult } from '../../../eval/measure.ts'
import { readDump, writeDump } from '../../../eval/support/dump.ts'

const folder = mkdtempSync(join(tmpdir(), 'ragtime-eval-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

function question(id: string, values: QuestionResult['values']): QuestionResult {
  return { set: 'codebase', id, question: `Question ${id}?`, values, wanted: { documents: ['a.txt'], answers: [] }, found: [], cited: [], outcome: 'answered' }
}
const before = [question('1', { ragtime: { passAt5: 0, score: 1, scoreWithout: 2 }, fts5: { passAt5: 1 } }), question('2', { ragtime: { passAt5: 1, score: 3, scoreWithout: 1 }, fts5: { passAt5: 1 } })]
const after = [question('1', { ragtime: { passAt5: 1, score: 3, scoreWithout: 2 } }), question('2', { ragtime: { passAt5: 1, score: 4, scoreWithout: 1 } }), question('3', { ragtime: { passAt5: 0 } })]
const cells = (table: string, metric: string) => table.split('\n').find(line => line.includes(metric))!.split('|').map(cell => cell.trim()).slice(1, -1)

describe('a dump', () => {
  it('is read as it was written', () => {
    const path = join(folder, 'dump.jsonl')
    writeDump(path, before)
    expect(readDump(path)).toEqual(before)
  })

  it('that is none is refused with its line', () => {
    const path = join(folder, 'other.jsonl')
    writeFileSync(path, `${JSON.stringify(before[0])}\n{"set":"codebase"}\n`)
    expect(() => readDump(path)).toThrow(/Line 2 of .* is no question of a dump/)
  })
})

describe('a comparison', () => {
  it('is of the questions and metrics that both have', () => {
    const table = comparison({ questions: before, system: 'ragtime' }, { questions: after, system: 'ragtime' }, ['old', 'new'])
    expect(cells(table, 'Pass@5')).toEqual(['codebase', 'Pass@5', '50.0', '100.0', '+50.0', '0.0 to +100.0', '', '1/0/1'])
    // Scores 1 and 3 against 2 and 1: 2.5 of 4; 3 and 4 against 2 and 1: all.
    expect(cells(table, 'ROC area').slice(2, 5)).toEqual(['62.5', '100.0', '+37.5'])
    expect(table).not.toContain('MRR')
  })

  it('can be of a plain part of the same run', () => {
    const table = comparison({ questions: before, system: 'fts5' }, { questions: before, system: 'ragtime' }, ['fts5', 'default'])
    expect(cells(table, 'Pass@5').slice(2)).toEqual(['100.0', '50.0', '-50.0', '-100.0 to 0.0', '', '0/1/1'])
  })

  it('of dumps without a common question is refused', async () => {
    const [a, b] = [join(folder, 'a.jsonl'), join(folder, 'b.jsonl')]
    writeDump(a, before.slice(0, 1))
    writeDump(b, before.slice(1))
    await expect(compare([a, b], [])).rejects.toThrow('no question in common')
  })

  it('names the switches where a side is none', async () => {
    await expect(compare(['default', 'nonsense=1'], [])).rejects.toThrow('There is no switch “nonsense”')
  })
})
