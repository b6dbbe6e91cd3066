import { startVitest } from 'vitest/node'

/**
 * Runs every test project and closes with the names of what failed and the one line that says how it went. Files that could
 * not be loaded and groups that could not be prepared count as failed, and a run without a single test has failed as well.
 * Nothing is run a second time: a test that fails now and then has found something.
 */

/** The image is built and run when all the rest is through: it takes both cores and minutes. */
const STEPS = [['!container'], ['container']]

const failed: string[] = []
let passed = 0
let skipped = 0
for (const project of STEPS) {
  const vitest = await startVitest('test', [], { run: true, watch: false, project })
  const modules = vitest.state.getTestModules()
  for (const test of modules.flatMap(module => [...module.children.allTests()])) {
    const { state } = test.result()
    if (state === 'passed') passed++
    else if (state === 'failed') failed.push(`${test.module.relativeModuleId} > ${test.fullName}`)
    else skipped++
  }
  for (const module of modules) {
    if (module.errors().length > 0) failed.push(module.relativeModuleId)
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) failed.push(`${module.relativeModuleId} > ${suite.fullName}`)
  }
  for (const error of vitest.state.getUnhandledErrors()) failed.push(`an error outside of any test: ${String(error)}`)
  await vitest.close()
}

for (const name of failed) console.log(`failed: ${name}`)
if (skipped > 0) console.log(`${skipped} skipped: see above for the reasons`)
console.log(`${passed} passed, ${failed.length} failed`)
process.exit(failed.length > 0 || passed === 0 ? 1 : 0)
