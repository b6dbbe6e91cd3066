import fc from 'fast-check'

/**
 * Properties are checked on the same values every time, so that a red run is red because of its change. To look for new
 * counterexamples: `FC_SEED=$RANDOM FC_RUNS=5000 npm run test:unit`; what it finds becomes an example in the test.
 */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1), numRuns: Number(process.env.FC_RUNS ?? 200) })
