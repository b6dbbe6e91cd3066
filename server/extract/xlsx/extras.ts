import { readChart } from '../drawingml.ts'
import { normalise } from '../normalise.ts'
import { count } from '../notes.ts'
import type { OfficePackage } from '../ooxml.ts'
import { cutText, MAX_CELL_CHARS } from '../sheets/cells.ts'
import { readXml } from '../xml.ts'
import { walkXml } from '../xml-walk.ts'

/** Charts and drawings of one sheet that are looked into. */
const MAX_PARTS = 100
const MAX_CAPTIONS = 1_000

/** What stands over the cells of a sheet: texts of boxes and titles of charts, and counts of what is left out. */
export interface Extras { captions: string[], dropped: Record<string, number> }

/** The figures of charts stand in cells, so that their titles are enough. */
export async function readExtras(source: OfficePackage, sheet: string): Promise<Extras> {
  const captions: string[] = []
  const dropped: Record<string, number> = {}
  for (const { type, target } of await related(source, sheet)) {
    const bytes = type === 'comments' || type === 'drawing' ? await source.read(target) : null
    if (!bytes) continue
    if (type === 'comments') {
      count(dropped, 'comment', countElements(bytes, 'comment'))
      continue
    }
    count(dropped, 'image', countElements(bytes, 'pic'))
    captions.push(...boxTexts(bytes))
    for (const chart of await related(source, target)) {
      const part = chart.type === 'chart' ? await source.read(chart.target) : null
      if (!part) continue
      count(dropped, 'chart')
      captions.push(...readChart(part).filter(({ kind }) => kind === 'caption').map(({ text }) => text))
    }
  }
  return { captions: captions.slice(0, MAX_CAPTIONS), dropped }
}

async function related(source: OfficePackage, part: string) {
  return [...(await source.relations(part)).values()].slice(0, MAX_PARTS)
}

function countElements(bytes: Buffer, wanted: string): number {
  let found = 0
  readXml(bytes, {
    open(name) {
      if (name === wanted) found++
    },
  })
  return found
}

/** The texts of the boxes and shapes of a drawing, one each. */
function boxTexts(bytes: Buffer): string[] {
  const texts: string[] = []
  let text = ''
  let isText = false
  walkXml(bytes, {
    enter(name) {
      if (name === 't') {
        isText = true
        return () => {
          isText = false
        }
      }
      if (name === 'p' || name === 'br') text += ' '
      if (name !== 'txBody') return
      text = ''
      return () => {
        const tidy = normalise(cutText(text, MAX_CELL_CHARS))
        if (tidy && texts.length < MAX_CAPTIONS) texts.push(tidy)
      }
    },
    text(piece) {
      if (isText && text.length < MAX_CELL_CHARS) text += piece
    },
  })
  return texts
}
