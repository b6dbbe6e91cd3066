import { startVitest } from 'vitest/node'

/**
 * Runs every test project and closes with the one line that says how it went. Files that could not be loaded count as
 * failed, and a run without a single test has failed as well.
 */
const vitest = await startVitest('test', [], { run: true, watch: false })
const modules = vitest.state.getTestModules()
const tests = modules.flatMap(module => [...module.children.allTests()])
const count = (state: string) => tests.filter(test => test.result().state === state).length
const broken = modules.filter(module => module.errors().length > 0).length + vitest.state.getUnhandledErrors().length

const passed = count('passed')
const failed = count('failed') + broken
const skipped = tests.length - passed - count('failed')
await vitest.close()
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)
