import type { Flow } from '../flow.ts'

/** Nested tables are followed so far; deeper ones are read as part of the last. */
const MAX_NESTING = 20

/**
 * RTF has no tables but marks where cells and rows end, and says of each paragraph how deep it stands. This opens and
 * closes the flow's tables accordingly.
 */
export class Tables {
  readonly #flow: Flow
  /** From the outside in: whether a row, and a cell in it, has begun. */
  readonly #open: { row: boolean, cell: boolean }[] = []

  constructor(flow: Flow) {
    this.#flow = flow
  }

  /** To be called before anything is written at this depth; 0 is outside of tables. */
  goTo(depth: number): void {
    this.#closeTo(depth)
    while (this.#open.length < Math.min(depth, MAX_NESTING)) {
      this.#openCell()
      this.#flow.beginTable()
      this.#open.push({ row: false, cell: false })
    }
    this.#openCell()
  }

  endCell(depth: number): void {
    this.goTo(depth)
    const table = this.#open.at(-1)
    if (!table) return
    this.#flow.endCell()
    table.cell = false
  }

  endRow(depth: number): void {
    this.#closeTo(depth)
    const table = this.#open.at(-1)
    if (table && this.#open.length >= depth) this.#endRow(table)
  }

  #closeTo(depth: number): void {
    while (this.#open.length > depth) {
      this.#endRow(this.#open.at(-1)!)
      this.#flow.endTable()
      this.#open.pop()
    }
  }

  #openCell(): void {
    const table = this.#open.at(-1)
    if (!table) return
    if (!table.row) this.#flow.beginRow()
    if (!table.cell) this.#flow.beginCell()
    table.row = true
    table.cell = true
  }

  #endRow(table: { row: boolean, cell: boolean }): void {
    if (table.cell) this.#flow.endCell()
    if (table.row) this.#flow.endRow()
    table.row = false
    table.cell = false
  }
}
