import { startVitest } from 'vitest/node'

/** How one lane of tests went; sent to the parent process as its only message. */
export interface LaneResult {
  passed: number
  /** Failed tests, and files and groups that could not be loaded or prepared. */
  failed: string[]
  /** Tests that failed first and passed when they were run again. */
  flaky: string[]
  skipped: number
}

/**
 * Runs the test projects named as arguments in one process and tells the parent how that went. A test that fails is run once
 * more: on a busy machine one in thousands fails for its timing, and is named at the end instead of failing the run.
 */
if (import.meta.main) {
  const vitest = await startVitest('test', [], { run: true, watch: false, project: process.argv.slice(2), retry: 1 })
  const modules = vitest.state.getTestModules()
  const tests = modules.flatMap(module => [...module.children.allTests()])
  const broken = modules.flatMap(module => [module, ...module.children.allSuites()]).filter(group => group.errors().length > 0)
  const named = (list: typeof tests) => list.map(test => `${test.module.relativeModuleId} > ${test.fullName}`)
  const failed = named(tests.filter(test => test.result().state === 'failed'))
  const passed = tests.filter(test => test.result().state === 'passed')
  const result: LaneResult = {
    passed: passed.length,
    failed: [
      ...failed,
      ...broken.map(group => group.type === 'module' ? group.relativeModuleId : `${group.module.relativeModuleId} > ${group.fullName}`),
      ...vitest.state.getUnhandledErrors().map(error => `an error outside of any test: ${String(error)}`),
    ],
    flaky: named(passed.filter(test => test.diagnostic()?.flaky)),
    skipped: tests.length - passed.length - failed.length,
  }
  await vitest.close()
  process.send!(result)
  process.disconnect()
}
