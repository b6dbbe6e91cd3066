import { getRun, lastSeq } from '../../../db/runs.ts'

/** The run's events after `Last-Event-ID`, then the ones to come, at the reader's pace; ends after the last one. */
export default defineEventHandler(async (event) => {
  const { db, runs } = useServices()
  const run = getRun(db, readIdParam(event, 'run'))
  if (!run) throw notFound('run')
  const after = lastEventId(event)
  // An EventSource comes back when its stream ends. 204 tells it that it has everything.
  if (run.finishedAt && after > 0 && after >= lastSeq(db, run.id)) return sendNoContent(event)

  const stream = openEventStream(event)
  const left = new AbortController()
  void stream.closed.then(() => left.abort())
  try {
    for await (const stored of runs.follow(run.id, after, left.signal)) {
      await stream.send({ id: stored.seq, ...stored.event })
    }
  }
  finally {
    stream.close()
  }
})
