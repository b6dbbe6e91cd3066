/** Reads one PDF's text with unpdf and prints what that took, the program's start included: `node bench/support/unpdf.ts file`. */
import { readFile } from 'node:fs/promises'
import { extractText } from 'unpdf'

const { totalPages } = await extractText(new Uint8Array(await readFile(process.argv[2]!)), { mergePages: true })
const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ pages: totalPages, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 }))
