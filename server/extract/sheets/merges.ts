import type { Cell } from './cells.ts'

/** More merged ranges than this are decoration. */
const MAX_MERGES = 20_000

export interface Merge { row: number, rows: number, column: number, columns: number }

/**
 * Merged cells hold their value in the first cell alone. A value that is merged over several rows belongs to each of them,
 * so each gets it; how many columns a value is merged over is told by `span`.
 */
export class Merges {
  readonly #starting = new Map<number, Merge[]>()
  #open: { merge: Merge, cell: Cell }[] = []
  #count = 0

  add(merge: Merge): void {
    if (merge.rows < 1 || merge.columns < 1 || merge.rows * merge.columns < 2 || ++this.#count > MAX_MERGES) return
    const starting = this.#starting.get(merge.row)
    if (starting) starting.push(merge)
    else this.#starting.set(merge.row, [merge])
  }

  /** The row's cells, by column, with those that reach into it from above. Rows must come in ascending order. */
  apply(row: number, cells: Cell[]): Cell[] {
    this.#open = this.#open.filter(({ merge }) => merge.row + merge.rows > row)
    if (cells.length === 0) return cells
    const own = new Map(cells.map(cell => [cell.column, cell]))
    for (const { merge, cell } of this.#open) if (merge.row < row && !own.has(merge.column)) own.set(merge.column, cell)
    for (const merge of this.#starting.get(row) ?? []) {
      const cell = own.get(merge.column)
      if (!cell) continue
      const spanning = merge.columns > 1 ? { ...cell, span: merge.columns } : cell
      own.set(merge.column, spanning)
      if (merge.rows > 1) this.#open.push({ merge, cell: spanning })
    }
    this.#starting.delete(row)
    return own.size === cells.length ? [...own.values()] : [...own.values()].sort((a, b) => a.column - b.column)
  }
}
