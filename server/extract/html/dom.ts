import { defaultTreeAdapter, type DefaultTreeAdapterTypes } from 'parse5'

export type Node = DefaultTreeAdapterTypes.ChildNode
export type Element = DefaultTreeAdapterTypes.Element
export type ParentNode = DefaultTreeAdapterTypes.ParentNode

export const isElement = (node: Node): node is Element => defaultTreeAdapter.isElementNode(node)
export const isText = (node: Node): node is DefaultTreeAdapterTypes.TextNode => defaultTreeAdapter.isTextNode(node)

/** What no reader sees as text, whatever it holds. */
export const SKIPPED = new Set([
  'script', 'style', 'template', 'noscript', 'nav', 'iframe', 'object', 'embed', 'svg', 'canvas', 'audio', 'video', 'map',
  'select', 'datalist', 'button', 'textarea', 'rt', 'rp', 'annotation', 'annotation-xml', 'frameset', 'noframes', 'menu', 'title',
])

/** Elements that begin and end a line of their own. */
export const BLOCK = new Set([
  'address', 'article', 'aside', 'blockquote', 'body', 'center', 'dd', 'details', 'div', 'dl', 'dt', 'fieldset', 'figure', 'footer', 'form',
  'header', 'hgroup', 'hr', 'html', 'legend', 'main', 'ol', 'p', 'search', 'section', 'summary', 'ul', 'tbody', 'thead', 'tfoot', 'tr', 'td', 'th', 'table',
])

export function attribute(element: Element, name: string): string | null {
  return element.attrs.find(attr => attr.name === name)?.value ?? null
}

/** Elements below `root` in the order of the document, `root` not included; `enter` says whether to look inside of one. */
export function* elementsBelow(root: ParentNode, enter: (element: Element) => boolean = () => true): Generator<Element> {
  const stack = [...root.childNodes].reverse()
  while (stack.length > 0) {
    const node = stack.pop()!
    if (!isElement(node)) continue
    yield node
    if (!enter(node)) continue
    for (let index = node.childNodes.length - 1; index >= 0; index--) stack.push(node.childNodes[index]!)
  }
}
