import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { LIBRARY_STYLES } from '../../../../server/utils/library-styles.ts'

const modules = fileURLToPath(new URL('../../../../node_modules/', import.meta.url))
const SOURCES: Record<keyof typeof LIBRARY_STYLES, { file: string, text: RegExp }> = {
  rekaViewport: { file: 'reka-ui/dist/Viewport/Viewport.js', text: /createTextVNode\("( \/\*[^"]*)"\)/ },
  rekaCombobox: { file: 'reka-ui/dist/Combobox/ComboboxViewport.js', text: /createTextVNode\("( \/\*[^"]*)"\)/ },
  rekaSelect: { file: 'reka-ui/dist/Select/SelectViewport.js', text: /createTextVNode\("( \/\*[^"]*)"\)/ },
  rekaScrollArea: { file: 'reka-ui/dist/ScrollArea/ScrollAreaViewport.js', text: /createTextVNode\("( \/\*[^"]*)"\)/ },
  vaulDrawer: { file: 'vaul-vue/dist/index.js', text: /createTextNode\('([^']*)'\)/ },
}

describe('LIBRARY_STYLES', () => {
  it.each(Object.keys(SOURCES) as (keyof typeof SOURCES)[])('%s is the hash of what the installed library adds', (name) => {
    const { file, text } = SOURCES[name]
    const css = text.exec(readFileSync(modules + file, 'utf8'))?.[1]
    expect(css, `${file} adds its style in another way now`).toBeDefined()
    expect(LIBRARY_STYLES[name]).toBe(`'sha256-${createHash('sha256').update(css!).digest('base64')}'`)
  })
})
