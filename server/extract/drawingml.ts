import { tableRow } from './html/walker.ts'
import { normalise } from './normalise.ts'
import type { OfficePackage, Relation } from './ooxml.ts'
import type { RawBlock } from './sections.ts'
import { SKIP, walkXml } from './xml-walk.ts'

/** What is kept of one chart; more points are measurements that nobody reads one by one. */
const MAX_SERIES = 50
const MAX_POINTS = 500
/** Graphics of one part of a document: a slide has a few, a long report some hundred. */
const MAX_GRAPHICS = 1000

/** Blocks of the charts and diagrams that a part refers to, by the id of the relation. */
export async function readGraphics(source: OfficePackage, relations: ReadonlyMap<string, Relation>): Promise<Map<string, RawBlock[]>> {
  const graphics = new Map<string, RawBlock[]>()
  for (const [id, { type, target }] of relations) {
    const read = type === 'chart' ? readChart : type === 'diagramData' ? readDiagram : null
    if (!read || graphics.size >= MAX_GRAPHICS) continue
    const bytes = await source.read(target)
    if (bytes) graphics.set(id, read(bytes))
  }
  return graphics
}

interface Series { name: string, labels: Map<number, string>, values: Map<number, string> }

/** A chart (ISO/IEC 29500-1 §21.2): its titles as captions, its data, as far as the file keeps a copy, as a table. */
export function readChart(bytes: Buffer): RawBlock[] {
  const titles: string[] = []
  const series: Series[] = []
  let place: 'title' | 'name' | 'labels' | 'values' | null = null
  let point = 0
  let text = ''
  let inText = false
  const within = (next: typeof place, end?: () => void) => {
    const outer = place
    place = next
    return () => {
      place = outer
      end?.()
    }
  }
  walkXml(bytes, {
    enter(name, attributes) {
      const current = series.at(-1)
      switch (name) {
        case 'title':
          text = ''
          return within('title', () => titles.push(text))
        case 'ser':
          if (series.length >= MAX_SERIES) return SKIP
          series.push({ name: '', labels: new Map(), values: new Map() })
          return within(null)
        case 'dLbls': case 'trendline': case 'errBars': return SKIP
        case 'tx': return place === 'title' ? undefined : within('name')
        case 'cat': case 'xVal': return within('labels')
        case 'val': case 'yVal': return within('values')
        case 'pt': point = Number(attributes.idx) || 0
          return
        case 't': case 'v':
          if (place !== 'title') text = ''
          inText = true
          return () => {
            inText = false
            if (place === 'name' && current) current.name ||= text
            else if ((place === 'labels' || place === 'values') && current && point < MAX_POINTS) current[place].set(point, figure(text))
          }
        case 'p': case 'br': if (place === 'title') text += ' '
      }
    },
    text(piece) {
      if (inText) text += piece
    },
  })
  return [...blocksOf(titles, 'caption'), ...chartTable(series)]
}

function chartTable(series: Series[]): RawBlock[] {
  const labels = new Map(series.flatMap(({ labels }) => [...labels]))
  const points = [...new Set([...labels.keys(), ...series.flatMap(({ values }) => [...values.keys()])])].sort((a, b) => a - b)
  const rows = points.map(point => [labels.get(point) ?? '', ...series.map(({ values }) => values.get(point) ?? '')])
  const names = series.map(({ name }) => name)
  return [...(names.some(Boolean) ? [['', ...names]] : []), ...rows].map(tableRow).filter(Boolean).map(text => ({ kind: 'table_row', text }))
}

/** Spreadsheets keep 4.3 as 4.2999999999999998. */
function figure(text: string): string {
  const value = Number(text)
  return text.trim() && Number.isFinite(value) ? String(Number(value.toPrecision(12))) : text
}

/** A diagram (SmartArt): the text of its shapes, one item each, in the order of its data. */
function readDiagram(bytes: Buffer): RawBlock[] {
  const items: string[] = []
  let text = ''
  let inText = false
  walkXml(bytes, {
    enter(name, { type }) {
      // Parts that the layout makes up, and links between shapes, repeat or hold no words.
      if (name === 'pt' && /^(?:pres|parTrans|sibTrans)$/.test(type ?? '')) return SKIP
      if (name === 'pt') {
        text = ''
        return () => items.push(text)
      }
      if (name === 'p' || name === 'br') text += ' '
      if (name !== 't' && name !== 'r') return
      // `t` is the name of a shape's text and of a run of it.
      const outer = inText
      inText = name === 't'
      return () => {
        inText = outer
      }
    },
    text(piece) {
      if (inText) text += piece
    },
  })
  return blocksOf(items, 'list_item')
}

function blocksOf(texts: string[], kind: 'caption' | 'list_item'): RawBlock[] {
  return texts.map(text => normalise(text)).filter(Boolean).map(text => ({ kind, ...(kind === 'list_item' ? { level: 1 } : {}), text }))
}
