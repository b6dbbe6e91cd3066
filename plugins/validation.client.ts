import { config } from 'zod'

// Zod compiles schemas with `new Function` where it may, and finds out by trying: the content policy refuses that and
// reports it. Schemas ask when they are made, so this stands outside of the plugin.
config({ jitless: true })

export default defineNuxtPlugin({ name: 'validation' })
