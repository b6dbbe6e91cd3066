/** Quarter turns clockwise of a text's direction on the page as shown. */
export type Turn = 0 | 1 | 2 | 3

/** How the direction of reading lies on the page: right-to-left pages are mirrored, so that one layout serves both. */
export interface Frame { width: number, height: number, turn: Turn, mirrored: boolean }

export type Rect = [x0: number, y0: number, x1: number, y1: number]

/** x' = xx·x + xy·y + x0, y' = yx·x + yy·y + y0. */
export interface Affine { xx: number, xy: number, x0: number, yx: number, yy: number, y0: number }

/** From PDF user space (y up, unrotated) to the page as shown: y down, `rotation` quarter turns clockwise (ISO 32000-1, 7.7.3.3). */
export function pagePlacement([left, bottom, right, top]: Rect, rotation: number): Affine {
  if (rotation === 1) return { xx: 0, xy: 1, x0: -bottom, yx: 1, yy: 0, y0: -left }
  if (rotation === 2) return { xx: -1, xy: 0, x0: right, yx: 0, yy: 1, y0: -bottom }
  if (rotation === 3) return { xx: 0, xy: -1, x0: top, yx: -1, yy: 0, y0: right }
  return { xx: 1, xy: 0, x0: -left, yx: 0, yy: -1, y0: top }
}

/** The same, on to the direction of reading of text with this turn. */
export function readingPlacement(page: Affine, turn: Turn, width: number, height: number): Affine {
  const x = (sign: number, offset: number): [number, number, number] => [sign * page.xx, sign * page.xy, sign * page.x0 + offset]
  const y = (sign: number, offset: number): [number, number, number] => [sign * page.yx, sign * page.yy, sign * page.y0 + offset]
  const [across, down] = turn === 0
    ? [x(1, 0), y(1, 0)]
    : turn === 1 ? [y(1, 0), x(-1, width)] : turn === 2 ? [x(-1, width), y(-1, height)] : [y(-1, height), x(1, 0)]
  return { xx: across[0], xy: across[1], x0: across[2], yx: down[0], yy: down[1], y0: down[2] }
}

/** Turn of text whose matrix maps (1, 0) to (a, b) in user space; null when it runs aslant, like a watermark. */
export function turnOf(page: Affine, a: number, b: number): Turn | null {
  const angle = Math.atan2(page.yx * a + page.yy * b, page.xx * a + page.xy * b) / (Math.PI / 2)
  const turn = Math.round(angle)
  return Math.abs(angle - turn) > 0.15 ? null : ((turn + 4) % 4) as Turn
}

/** From the direction of reading back to the page as shown; writes four numbers to `out` at `at`. */
export function toPage(x0: number, y0: number, x1: number, y1: number, { turn, width, height, mirrored }: Frame, out: Float32Array, at: number): void {
  const across = turn % 2 === 0 ? width : height
  const from = mirrored ? across - x1 : x0
  const to = mirrored ? across - x0 : x1
  out[at] = turn === 0 ? from : turn === 1 ? width - y1 : turn === 2 ? width - to : y0
  out[at + 1] = turn === 0 ? y0 : turn === 1 ? from : turn === 2 ? height - y1 : height - to
  out[at + 2] = turn === 0 ? to : turn === 1 ? width - y0 : turn === 2 ? width - from : y1
  out[at + 3] = turn === 0 ? y1 : turn === 1 ? to : turn === 2 ? height - y0 : height - from
}
