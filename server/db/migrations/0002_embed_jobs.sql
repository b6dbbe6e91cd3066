-- A document has one job at a time. `ingest` takes it from its file to ready; `embed` gives the chunks of a ready document
-- the vectors of another embedding model. SQLite cannot change a CHECK, so the table is made anew.
CREATE TABLE jobs_with_kinds (
  id            TEXT PRIMARY KEY,
  kind          TEXT NOT NULL CHECK (kind IN ('ingest', 'embed')),
  document_key  INTEGER NOT NULL UNIQUE REFERENCES documents (key) ON DELETE CASCADE,
  status        TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed')),
  attempt       INTEGER NOT NULL DEFAULT 0,     -- fencing token: a worker may write only while its attempt is the current one
  max_attempts  INTEGER NOT NULL DEFAULT 3,
  run_after     TEXT NOT NULL,
  lease_until   TEXT,
  last_error    TEXT,
  created_at    TEXT NOT NULL,
  updated_at    TEXT NOT NULL
);
INSERT INTO jobs_with_kinds (id, kind, document_key, status, attempt, max_attempts, run_after, lease_until, last_error, created_at, updated_at)
  SELECT id, kind, document_key, status, attempt, max_attempts, run_after, lease_until, last_error, created_at, updated_at FROM jobs;
DROP TABLE jobs;
ALTER TABLE jobs_with_kinds RENAME TO jobs;
CREATE INDEX jobs_due ON jobs (status, run_after);
