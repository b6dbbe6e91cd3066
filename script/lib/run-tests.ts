import { startVitest } from 'vitest/node'

/**
 * Runs every test project and closes with the one line that says how it went. Files that could not be loaded and groups
 * that could not be prepared count as failed, and a run without a single test has failed as well.
 */
/** The image is built and run when all the rest is through: it takes both cores and minutes. */
const STEPS = [['!container'], ['container']]

const total = { passed: 0, failed: 0, skipped: 0 }
for (const project of STEPS) {
  const vitest = await startVitest('test', [], { run: true, watch: false, project })
  const modules = vitest.state.getTestModules()
  const tests = modules.flatMap(module => [...module.children.allTests()])
  const count = (state: string) => tests.filter(test => test.result().state === state).length
  const groups = modules.flatMap(module => [module, ...module.children.allSuites()])
  const broken = groups.filter(group => group.errors().length > 0).length + vitest.state.getUnhandledErrors().length

  total.passed += count('passed')
  total.failed += count('failed') + broken
  total.skipped += tests.length - count('passed') - count('failed')
  await vitest.close()
}

const { passed, failed, skipped } = total
if (skipped > 0) console.log(`${skipped} skipped: see above for the reasons`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)
