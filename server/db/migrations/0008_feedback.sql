-- What the owner said of an answer, one judgement a question: the newest answer that was judged stands for it. It goes with
-- its chat, unless the owner keeps it as a question of the golden set.
CREATE TABLE feedback (
  id          TEXT PRIMARY KEY,
  question_id TEXT UNIQUE REFERENCES messages (id) ON DELETE SET NULL, -- null: its chat is gone
  answer_id   TEXT REFERENCES messages (id) ON DELETE SET NULL,        -- the answer that was judged
  question    TEXT NOT NULL,                    -- as it was searched for: it stands alone
  documents   TEXT,                             -- JSON string[]: ids of those that it was limited to; null: all
  verdict     TEXT NOT NULL CHECK (verdict IN ('up', 'down')),
  note        TEXT NOT NULL DEFAULT '',
  kept        INTEGER NOT NULL DEFAULT 0,       -- 1: stays when its chat is deleted
  rank        INTEGER,                          -- place of the wanted passage when it was last looked for; null: not found
  rank_before INTEGER,                          -- and the time before
  checked_at  TEXT,
  created_at  TEXT NOT NULL
);
CREATE INDEX feedback_by_answer ON feedback (answer_id);
CREATE TRIGGER feedback_goes_with_its_chat AFTER UPDATE OF question_id ON feedback WHEN new.question_id IS NULL AND new.kept = 0
BEGIN
  DELETE FROM feedback WHERE id = new.id;
END;

-- The passages that should have been cited. Range and document stay when the document is deleted, the quote goes.
CREATE TABLE feedback_passages (
  feedback_id       TEXT NOT NULL REFERENCES feedback (id) ON DELETE CASCADE,
  ordinal           INTEGER NOT NULL,
  document_id       TEXT NOT NULL,
  page              INTEGER NOT NULL,
  start             INTEGER NOT NULL,
  end               INTEGER NOT NULL,
  quote             TEXT NOT NULL,
  source_deleted_at TEXT,                       -- null while the document is there
  PRIMARY KEY (feedback_id, ordinal)
) WITHOUT ROWID;
CREATE INDEX feedback_passages_by_document ON feedback_passages (document_id);
