import { readXml } from '../xml.ts'

/** More formats than a workbook can have. */
const MAX_FORMATS = 70_000
/** Formats that have a number and no text in the file (ECMA-376, part 1, 18.8.30). Dates of the reader's own country are dates all the same. */
const BUILT_IN: Record<number, string> = {
  1: '0', 2: '0.00', 3: '#,##0', 4: '#,##0.00', 5: '$#,##0', 6: '$#,##0', 7: '$#,##0.00', 8: '$#,##0.00', 9: '0%', 10: '0.00%', 11: '0.00E+00',
  12: '# ?/?', 13: '# ??/??', 14: 'yyyy-mm-dd', 15: 'd-mmm-yy', 16: 'd-mmm', 17: 'mmm-yy', 18: 'h:mm AM/PM', 19: 'h:mm:ss AM/PM', 20: 'h:mm',
  21: 'h:mm:ss', 22: 'yyyy-mm-dd h:mm', 37: '#,##0;(#,##0)', 38: '#,##0;(#,##0)', 39: '#,##0.00;(#,##0.00)', 40: '#,##0.00;(#,##0.00)',
  41: '#,##0;(#,##0)', 42: '$#,##0;($#,##0)', 43: '#,##0.00;(#,##0.00)', 44: '$#,##0.00;($#,##0.00)', 45: 'mm:ss', 46: '[h]:mm:ss', 47: 'mm:ss.0', 48: '##0.0E+0',
}
const EAST_ASIAN_DATES = [[27, 31], [36, 36], [50, 54], [57, 58]] as const
const EAST_ASIAN_TIMES = [[32, 35], [55, 56]] as const

/** The number format of each style of a cell, by the style's number; empty for "General". */
export function readFormats(bytes: Buffer | null): string[] {
  const formats: string[] = []
  const custom = new Map<number, string>()
  let isCellStyle = false
  if (!bytes) return formats
  readXml(bytes, {
    open(name, attributes) {
      if (name === 'cellXfs') isCellStyle = true
      else if (name === 'numFmt' && custom.size < MAX_FORMATS) custom.set(Number(attributes.numFmtId), attributes.formatCode ?? '')
      else if (name === 'xf' && isCellStyle && formats.length < MAX_FORMATS) formats.push(pattern(Number(attributes.numFmtId ?? 0), custom))
    },
    close(name) {
      if (name === 'cellXfs') isCellStyle = false
    },
  })
  return formats
}

function pattern(id: number, custom: Map<number, string>): string {
  const within = (ranges: readonly (readonly [number, number])[]) => ranges.some(([from, to]) => id >= from && id <= to)
  const own = custom.get(id) ?? BUILT_IN[id]
  if (own !== undefined) return own
  if (within(EAST_ASIAN_DATES)) return 'yyyy-mm-dd'
  return within(EAST_ASIAN_TIMES) ? 'h:mm:ss' : ''
}
