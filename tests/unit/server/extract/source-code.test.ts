import { describe, expect, test } from 'vitest'
import { isSourceCode, sourceBlocks } from '../../../../server/extract/source-code.ts'
import { extractText } from '../../../../server/extract/text.ts'
import { outline } from './support/extract.ts'
import { reader } from './support/read.ts'

const extract = reader(extractText)
const body = (name: string, lines: number) => Array.from({ length: lines }, (_, index) => `  const ${name}${index} = compute(${index}, "${name}")`).join('\n')
const blocks = (source: string) => [...sourceBlocks(source.split('\n'))].map(({ text }) => text)

describe('source code', () => {
  test('keeps each line as it is, and has the name of its file', async () => {
    const document = await extract('import os\n\n\ndef main():\n\tprint("a  b")   \n\nmain()\n', 'run_me.py')
    expect(document.title).toBe('run_me.py')
    expect(outline(document)).toEqual(['code: import os\n\n\ndef main():\n    print("a  b")\n\nmain()'])
  })

  test('is cut between definitions, with the comments that belong to them', () => {
    const functions = ['one', 'two', 'three'].map(name => `/** Does ${name}. */\n@cached\nexport function ${name}() {\n${body(name, 20)}\n\n  return ${name}1\n}`)
    expect(blocks(functions.join('\n\n'))).toEqual(functions)
    expect(blocks(functions.join('\n'))).toEqual(functions)
    expect(blocks('# a\ndef a():\n    pass\n\n# b\ndef b():\n    pass\n')).toHaveLength(1)
  })

  test('of one long function is cut at empty lines, and of no end of lines anyhow', () => {
    const parts = ['a', 'b', 'c'].map(name => body(name, 80))
    expect(blocks(`function f() {\n${parts.join('\n\n')}\n}`).map(text => text.split('\n').length)).toEqual([81, 80, 81])
    const long = blocks(`function f() {\n${body('x', 1000)}\n}`)
    for (const text of long) expect(text.length).toBeLessThan(4000)
    expect(long.join('\n')).toBe(`function f() {\n${body('x', 1000)}\n}`)
  })

  test('keeps every line, whatever it looks like', () => {
    const source = Array.from({ length: 400 }, (_, index) => ['# comment', '', 'def f():', '    x = 1', '}', '@a', 'plain line', '  // c'][(index * 7 + index % 3) % 8]!).join('\n')
    expect(blocks(source).join('\n').split('\n').filter(Boolean)).toEqual(source.split('\n').filter(Boolean))
  })

  test.each([['a.ts', true], ['a.PY', true], ['Makefile', true], ['.gitignore', true], ['CMakeLists.txt', true], ['a.txt', false], ['notes', false], ['a.log', false], ['ts', false], ['a.tar.gz', false]])('%s: %s', (name, isCode) => {
    expect(isSourceCode(name)).toBe(isCode)
  })

  test('is known by its first line', async () => {
    expect(outline(await extract('#!/bin/sh\nset -eu\necho hello\n', 'install'))).toEqual(['code: #!/bin/sh\nset -eu\necho hello'])
  })

  test('of markup is not read as a page', async () => {
    expect(outline(await extract('<script setup lang="ts">\nconst a = 1\n</script>\n<template>\n  <p>{{ a }}</p>\n</template>\n', 'A.vue'))).toEqual([
      'code: <script setup lang="ts">\nconst a = 1\n</script>\n<template>\n  <p>{{ a }}</p>\n</template>',
    ])
  })
})
