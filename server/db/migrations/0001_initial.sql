-- Ragtime's first schema. Text positions are half-open ranges of UTF-16 code units in a document's canonical text,
-- times are ISO 8601 in UTC, ids are UUIDv7. `key` columns are internal integers: FTS5 and vec0 address rows by them.

CREATE TABLE documents (
  key           INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  content_hash  TEXT NOT NULL UNIQUE,           -- SHA-256 of the bytes; also the file's name under files/
  title         TEXT NOT NULL,
  filename      TEXT NOT NULL,
  media_type    TEXT NOT NULL,
  bytes         INTEGER NOT NULL,
  pages         INTEGER,                        -- null until extraction has ended
  length        INTEGER NOT NULL DEFAULT 0,     -- of the canonical text
  chunk_count   INTEGER NOT NULL DEFAULT 0,
  status        TEXT NOT NULL CHECK (status IN ('queued', 'processing', 'ready', 'failed')),
  step          TEXT,                           -- progress.step while processing
  step_done     INTEGER NOT NULL DEFAULT 0,
  step_total    INTEGER NOT NULL DEFAULT 0,
  error_code    TEXT,
  error_message TEXT,
  collection    TEXT NOT NULL DEFAULT 'default',
  sample        INTEGER NOT NULL DEFAULT 0,     -- came with the product
  created_at    TEXT NOT NULL,
  updated_at    TEXT NOT NULL,
  ready_at      TEXT
);
CREATE INDEX documents_by_created ON documents (created_at DESC, id DESC);
CREATE INDEX documents_by_status ON documents (status);

-- The canonical text is the concatenation of pages.text in order of number, with nothing between them.
CREATE TABLE pages (
  document_key INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
  number       INTEGER NOT NULL,                -- from 1
  start        INTEGER NOT NULL,
  end          INTEGER NOT NULL,
  text         TEXT NOT NULL,
  width        REAL,                            -- points; null where the format has no pages
  height       REAL,
  blocks       TEXT NOT NULL,                   -- JSON Block[]: kind, level, range in the canonical text
  flags        TEXT NOT NULL DEFAULT '[]',      -- JSON string[]: looks_scanned, empty, …
  boxes        BLOB,                            -- character boxes, see server/extract/boxes.ts
  PRIMARY KEY (document_key, number)
) WITHOUT ROWID;

CREATE TABLE chunks (
  key          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  document_key INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
  ordinal      INTEGER NOT NULL,                -- from 0
  heading_path TEXT NOT NULL,                   -- JSON string[], outermost first
  page_start   INTEGER NOT NULL,
  page_end     INTEGER NOT NULL,                -- inclusive
  start        INTEGER NOT NULL,
  end          INTEGER NOT NULL,
  text         TEXT NOT NULL,                   -- canonical.slice(start, end)
  sentences    TEXT NOT NULL,                   -- JSON [start, end][] in the canonical text
  tokens       INTEGER NOT NULL,                -- word-pieces of the embedder, or an estimate in keyword mode
  embedding    BLOB,                            -- little-endian float32, unit length; the source of truth of chunks_vec
  embedder     TEXT,                            -- id of the embedder that made it
  UNIQUE (document_key, ordinal)
);

-- Rows are written while a document is being ingested; searches see them once the document is ready.
-- `text` holds headings, text and split identifiers; it is what BM25 scores, not what is shown.
CREATE VIRTUAL TABLE chunks_fts USING fts5 (
  text, tokenize = 'porter unicode61 remove_diacritics 2'
);
-- With secure_delete of the file this leaves nothing of a deleted chunk behind, its index terms included.
INSERT INTO chunks_fts (chunks_fts, rank) VALUES ('secure-delete', 1);
-- chunks_vec (vec0) is made by the connection for the embedder in use: it is an index, rebuilt from chunks.embedding.

CREATE TABLE jobs (
  id            TEXT PRIMARY KEY,
  kind          TEXT NOT NULL CHECK (kind IN ('ingest')),
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
CREATE INDEX jobs_due ON jobs (status, run_after);

CREATE TABLE chats (
  id         TEXT PRIMARY KEY,
  title      TEXT NOT NULL,
  model      TEXT,                              -- null: the default model
  filters    TEXT NOT NULL DEFAULT '{}',        -- JSON SearchFilters, the chat's current choice
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE INDEX chats_by_updated ON chats (updated_at DESC, id DESC);

CREATE TABLE messages (
  id         TEXT PRIMARY KEY,
  chat_id    TEXT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
  role       TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  content    TEXT NOT NULL,
  status     TEXT NOT NULL CHECK (status IN ('pending', 'streaming', 'complete', 'stopped', 'interrupted', 'failed')),
  outcome    TEXT,                              -- AnswerOutcome of a finished answer
  sentences  TEXT NOT NULL DEFAULT '[]',        -- JSON AnswerSentence[]
  error      TEXT,                              -- JSON { code, message }
  model      TEXT,                              -- the model that wrote it
  reply_to   TEXT REFERENCES messages (id) ON DELETE CASCADE,
  replaced   INTEGER NOT NULL DEFAULT 0,        -- a later answer to the same question was asked for
  created_at TEXT NOT NULL
);
CREATE INDEX messages_by_chat ON messages (chat_id, created_at, id);

CREATE TABLE runs (
  id          TEXT PRIMARY KEY,
  chat_id     TEXT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
  message_id  TEXT NOT NULL UNIQUE REFERENCES messages (id) ON DELETE CASCADE, -- the answer it writes
  status      TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'stopped', 'interrupted', 'failed')),
  model       TEXT NOT NULL,
  filters     TEXT NOT NULL DEFAULT '{}',
  created_at  TEXT NOT NULL,
  finished_at TEXT
);
CREATE INDEX runs_by_status ON runs (status);

CREATE TABLE run_events (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  seq    INTEGER NOT NULL,                      -- from 1; the SSE id
  type   TEXT NOT NULL,
  data   TEXT NOT NULL,                         -- JSON
  PRIMARY KEY (run_id, seq)
) WITHOUT ROWID;

CREATE TABLE citations (
  message_id  TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  n           INTEGER NOT NULL,                 -- from 1, in order of appearance
  document_id TEXT NOT NULL,                    -- kept when the document is deleted: the answer still names what it quoted
  title       TEXT NOT NULL,
  chunk_id    TEXT NOT NULL,
  page        INTEGER NOT NULL,
  start       INTEGER NOT NULL,
  end         INTEGER NOT NULL,
  quote       TEXT NOT NULL,
  anchors     TEXT NOT NULL,                    -- JSON number[]: offsets in messages.content after which it stands
  PRIMARY KEY (message_id, n)
) WITHOUT ROWID;

CREATE TABLE traces (
  message_id TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  data       TEXT NOT NULL,                     -- JSON AnswerTrace
  created_at TEXT NOT NULL
);

CREATE TABLE usage (
  id                 TEXT PRIMARY KEY,
  message_id         TEXT REFERENCES messages (id) ON DELETE SET NULL,
  model              TEXT NOT NULL,
  input_tokens       INTEGER NOT NULL,
  output_tokens      INTEGER NOT NULL,
  cache_read_tokens  INTEGER NOT NULL,
  cache_write_tokens INTEGER NOT NULL,
  cost_usd           REAL,                      -- null where the model's price is not known
  created_at         TEXT NOT NULL
);
CREATE INDEX usage_by_created ON usage (created_at);

CREATE TABLE sessions (
  token_hash   TEXT PRIMARY KEY,                -- HMAC of the cookie's token: the file alone opens no session
  created_at   TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  expires_at   TEXT NOT NULL
);

CREATE TABLE login_attempts (
  id      INTEGER PRIMARY KEY,
  client  TEXT NOT NULL,
  at      TEXT NOT NULL
);
CREATE INDEX login_attempts_by_client ON login_attempts (client, at);

CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL                           -- JSON
);
