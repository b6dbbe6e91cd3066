import { Flow } from '../flow.ts'
import type { HiddenText } from '../format.ts'
import { noNotes } from '../notes.ts'
import { Alternatives, isOn, relationId } from '../ooxml.ts'
import type { RawBlock } from '../sections.ts'
import { SKIP, walkXml, type End } from '../xml-walk.ts'
import type { Attributes } from '../xml.ts'
import type { Box } from '../slides.ts'
import { roleOf, type SlideShape } from './layout.ts'

/** Hundredths of a point below which nobody reads. */
const TINY = 150

export interface SlideOptions {
  hiddenText: HiddenText
  /** Blocks of charts and diagrams by the id of their relation. */
  graphics?: ReadonlyMap<string, RawBlock[]>
  /** Whether body text of this level, from 1, is a list where it says nothing of bullets. */
  isList?: (shape: SlideShape, level: number) => boolean
}

export interface SlideContent {
  shapes: SlideShape[]
  /** The presenter leaves it out. */
  hidden: boolean
  /** Levels of body text, from 1, that a master shows without bullets. */
  plainLevels: Set<number>
}

/** Reads the shapes of a slide, a layout, a master or a page of notes, in the order of the file. */
export function readSlide(bytes: Buffer, options: SlideOptions): SlideContent {
  const slide = new SlideReader(options)
  walkXml(bytes, { enter: (name, attributes) => slide.enter(name, attributes), text: text => slide.text(text) })
  return slide
}

/** How the places inside a group lie on the slide. */
interface Frame { x: number, y: number, scaleX: number, scaleY: number }
interface Transform { box: Box | null, inner: Box | null, rotated: boolean }

class SlideReader implements SlideContent {
  readonly shapes: SlideShape[] = []
  hidden = false
  readonly plainLevels = new Set<number>()
  readonly #options: SlideOptions
  readonly #alternatives = new Alternatives()
  readonly #groups: Frame[] = [{ x: 0, y: 0, scaleX: 1, scaleY: 1 }]
  /** The place that is being read, of a group or a shape. */
  #transform: Transform = newTransform()
  #shape: SlideShape | null = null
  #flow: Flow
  #paragraph: { level: number, bullet: boolean | null } = { level: 1, bullet: null }
  #styleLevel = 0
  #inBodyStyle = false
  #inText = false
  #tiny = false

  constructor(options: SlideOptions) {
    this.#options = options
    this.#flow = new Flow(options.hiddenText)
  }

  text(text: string): void {
    if (!this.#inText) return
    this.#alternatives.content++
    if (this.#tiny) this.#flow.hide('tiny', text)
    else this.#flow.text(text)
  }

  /** What to do at the end of the element. */
  enter(name: string, attributes: Attributes): End {
    const level = /^lvl([1-9])pPr$/.exec(name)?.[1]
    if (level) return this.#enterStyleLevel(Number(level))
    switch (name) {
      case 'sld': this.hidden = /^(?:0|false)$/.test(attributes.show ?? '1')
        return
      case 'grpSp': return this.#enterGroup()
      case 'grpSpPr': return this.#enterGroupProperties()
      case 'sp': case 'graphicFrame': case 'pic': case 'cxnSp': return this.#enterShape(name)
      case 'cNvPr': if (this.#shape) this.#shape.hidden = isOn({ val: attributes.hidden ?? '0' })
        return
      case 'ph': return this.#placeholder(attributes.type ?? 'obj', attributes.idx ?? '')
      case 'xfrm': this.#transform.rotated ||= Boolean(Number(attributes.rot))
        return
      case 'off': case 'ext': case 'chOff': case 'chExt': return this.#place(name, attributes)
      case 'bodyStyle': return this.#enterBodyStyle()
      case 'buNone': case 'buChar': case 'buAutoNum': case 'buBlip': return this.#bullet(name !== 'buNone')
      case 'p': return this.#enterParagraph()
      case 'pPr': this.#paragraph.level = Math.min(9, Number(attributes.lvl) || 0) + 1
        return () => this.#flow.style(this.#style())
      case 'rPr': this.#tiny = Number(attributes.sz) <= TINY
        return
      case 'r': this.#tiny = false
        return
      case 't': return this.#enterText()
      case 'br': return this.#flow.break()
      case 'fld': return this.#field(attributes.type ?? '')
      case 'tbl': return this.#both(() => this.#flow.beginTable(), () => this.#flow.endTable())
      case 'tr': return this.#both(() => this.#flow.beginRow(), () => this.#flow.endRow())
      case 'tc': return isOn({ val: attributes.hMerge ?? '0' }) ? SKIP : this.#both(() => this.#flow.beginCell(), () => this.#flow.endCell())
      case 'chart': return this.#graphic(relationId(attributes))
      case 'relIds': return this.#graphic(relationId(attributes, 'dm'))
      case 'oleObj': return this.#drop('attachment')
      case 'blip': return this.#drop('image')
      case 'AlternateContent': case 'Choice': case 'Fallback': return this.#alternatives.enter(name)
    }
  }

  #both(begin: () => void, end: () => void): End {
    begin()
    return end
  }

  #placeholder(type: string, index: string): void {
    if (this.#shape) Object.assign(this.#shape, { placeholder: { type, index }, role: roleOf(type) })
  }

  #drop(kind: string): void {
    this.#alternatives.content++
    this.#flow.drop(kind)
  }

  #enterGroup(): End {
    this.#groups.push(this.#groups.at(-1)!)
    return () => void this.#groups.pop()
  }

  #enterGroupProperties(): End {
    this.#transform = newTransform()
    return () => {
      const { box, inner } = this.#transform
      const outer = this.#groups.at(-1)!
      if (!box || !inner || this.#groups.length === 1) return
      const [scaleX, scaleY] = [ratio(box.width, inner.width), ratio(box.height, inner.height)]
      this.#groups[this.#groups.length - 1] = {
        x: outer.x + (box.x - inner.x * scaleX) * outer.scaleX, y: outer.y + (box.y - inner.y * scaleY) * outer.scaleY,
        scaleX: scaleX * outer.scaleX, scaleY: scaleY * outer.scaleY,
      }
    }
  }

  #enterShape(name: string): End {
    const [shape, flow, transform] = [this.#shape, this.#flow, this.#transform]
    this.#flow = new Flow(this.#options.hiddenText)
    this.#transform = newTransform()
    const own: SlideShape = { role: 'text', placeholder: null, box: null, rotated: false, hidden: false, plainLevels: new Set(), blocks: [], notes: noNotes() }
    this.#shape = own
    if (name === 'pic') this.#flow.beginParagraph()
    return () => {
      const { box, rotated } = this.#transform
      this.shapes.push(Object.assign(own, this.#flow.finish(), { box: box && this.#onSlide(box), rotated }));
      [this.#shape, this.#flow, this.#transform] = [shape, flow, transform]
    }
  }

  #onSlide(box: Box): Box {
    const { x, y, scaleX, scaleY } = this.#groups.at(-1)!
    return { x: x + box.x * scaleX, y: y + box.y * scaleY, width: box.width * scaleX, height: box.height * scaleY }
  }

  #place(name: 'off' | 'ext' | 'chOff' | 'chExt', { x, y, cx, cy }: Attributes): void {
    // An `ext` without a size is an extension.
    if (x === undefined && cx === undefined) return
    const key = name.startsWith('ch') ? 'inner' : 'box'
    const box = this.#transform[key] ??= { x: 0, y: 0, width: 0, height: 0 }
    if (x !== undefined) Object.assign(box, { x: Number(x) || 0, y: Number(y) || 0 })
    if (cx !== undefined) Object.assign(box, { width: Number(cx) || 0, height: Number(cy) || 0 })
  }

  #enterStyleLevel(level: number): End {
    this.#styleLevel = level
    return () => {
      this.#styleLevel = 0
    }
  }

  #enterBodyStyle(): End {
    this.#inBodyStyle = true
    return () => {
      this.#inBodyStyle = false
    }
  }

  /** Of a paragraph, or of a level in the styles of a shape or a master. */
  #bullet(on: boolean): void {
    const levels = this.#inBodyStyle ? this.plainLevels : this.#shape?.plainLevels
    if (this.#styleLevel === 0) this.#paragraph.bullet = on
    else if (!on) levels?.add(this.#styleLevel)
  }

  #enterParagraph(): End {
    this.#paragraph = { level: 1, bullet: null }
    this.#tiny = false
    this.#flow.beginParagraph(this.#style())
    return () => this.#flow.endParagraph()
  }

  #style(): Pick<RawBlock, 'kind' | 'level'> {
    const { level, bullet } = this.#paragraph
    const listed = bullet ?? (this.#shape && this.#options.isList?.(this.#shape, level))
    return listed ? { kind: 'list_item', level } : { kind: 'paragraph' }
  }

  #enterText(): End {
    this.#inText = true
    return () => {
      this.#inText = false
    }
  }

  /** The number of the slide and the day of its showing. */
  #field(type: string): End {
    if (!/^(?:slidenum|datetime)/i.test(type)) return undefined
    this.#flow.drop('field')
    return SKIP
  }

  #graphic(id: string | undefined): void {
    const blocks = this.#options.graphics?.get(id ?? '')
    if (!blocks) return
    this.#alternatives.content++
    this.#flow.aside(blocks)
  }
}

function newTransform(): Transform {
  return { box: null, inner: null, rotated: false }
}

function ratio(outer: number, inner: number): number {
  return inner > 0 ? outer / inner : 1
}
