import { defineComponent, h, type PropType, type VNode, type VNodeChild } from 'vue'
import { NuxtLink } from '#components'
import { cutText, type BlockMarks } from '#shared/utils/citation-layout'
import type { MarkdownBlock, MarkdownElement, MarkdownNode, MarkdownText } from '#shared/utils/markdown'
import AnswerChip from './Chip.vue'
import AnswerCode from './Code.vue'

/** A word longer than this may be parted from its footnote number: it has to break somewhere on a phone. */
const LONGEST_WORD = 24

/**
 * One top-level block of an answer as elements. It is drawn again only when its own block or marks change, which for
 * finished blocks is never while the rest is being written.
 */
export default defineComponent({
  name: 'AnswerBlock',
  props: {
    block: { type: Object as PropType<MarkdownBlock>, required: true },
    marks: { type: Object as PropType<BlockMarks>, required: true },
  },
  setup(props) {
    return () => {
      let leaf = -1

      function draw(node: MarkdownNode): VNodeChild[] {
        if (node.kind === 'break') return [h('br')]
        if (node.kind === 'rule') return [h('hr')]
        if (node.kind === 'text') return drawText(node)
        if (node.kind === 'code') {
          leaf += 1
          const numbers = chipsAt(leaf).map(chip => chip.n)
          return [h(AnswerCode, { text: node.text, language: node.language }), ...numbers.length > 0 ? [h('p', drawChips(numbers))] : []]
        }
        return drawElement(node)
      }

      function drawElement(node: MarkdownElement): VNodeChild[] {
        const children = node.children.flatMap(draw)
        if (node.tag === 'a') return node.href ? [h(NuxtLink, { to: node.href }, () => children)] : children
        if (node.tag === 'table') return [h('div', { class: 'rt-table', tabindex: 0, role: 'region', 'aria-label': 'Table' }, [h('table', children)])]
        return [h(node.tag, {
          class: node.align && node.align !== 'left' ? `rt-${node.align}` : undefined,
          start: node.tag === 'ol' && node.first !== 1 ? node.first : undefined,
        }, children)]
      }

      function drawText(node: MarkdownText): VNodeChild[] {
        leaf += 1
        return cutText(node, chipsAt(leaf), props.marks.unsupported).flatMap((piece) => {
          const drawn = piece.chips.length > 0 ? keepWithWord(piece.text, piece.chips) : [piece.text]
          return piece.unsupported && piece.text.trim() !== ''
            ? [h('span', { class: 'rt-unsupported', title: UNSUPPORTED }, drawn)]
            : drawn
        })
      }

      const chipsAt = (index: number) => props.marks.chips.filter(chip => chip.leaf === index)
      return h('div', { class: 'rt-block' }, draw(props.block.node))
    }
  },
})

export const UNSUPPORTED = 'No sentence of your documents was found to support this.'

/** The last word and its numbers stay on one line, as a footnote mark does in print. */
function keepWithWord(text: string, numbers: number[]): VNodeChild[] {
  const cut = text.trimEnd().length === text.length ? text.search(/\S+$/) : -1
  const word = cut === -1 ? '' : text.slice(cut)
  if (!word || word.length > LONGEST_WORD) return [text, ...drawChips(numbers)]
  return [text.slice(0, cut), h('span', { class: 'whitespace-nowrap' }, [word, ...drawChips(numbers)])]
}

function drawChips(numbers: number[]): VNode[] {
  return numbers.map(n => h(AnswerChip, { key: `chip-${n}`, n }))
}
