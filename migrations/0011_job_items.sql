-- What a job on files does with each object: written before the first of it is done, so that whoever takes the job over
-- knows what is done, and an undo what was there before. Kept for as long as the job can be undone.
-- Keys are JSON strings: a key may hold U+0000, which PostgreSQL's TEXT cannot.
CREATE TABLE job_items (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    source_key TEXT NOT NULL,
    -- As the plan found the source. Empty where it was not looked at.
    source_etag TEXT NOT NULL,
    source_size BIGINT NOT NULL,
    -- The version that was copied.
    source_version TEXT,
    -- NULL: the object is only deleted.
    destination_key TEXT,
    -- What the destination held when it was last looked at: nothing where both are NULL.
    overwritten_version TEXT,
    overwritten_etag TEXT,
    -- The upload by which a large object is copied in parts.
    upload_id TEXT,
    -- The version that was made at the destination.
    made_version TEXT,
    made_etag TEXT,
    -- The delete marker that was made at the source.
    marker TEXT,
    state TEXT NOT NULL CHECK (state IN ('planned', 'copied', 'done', 'skipped', 'failed', 'undone')),
    PRIMARY KEY (job_id, position)
);

-- Which parts of which buckets a job reads and writes, as JSON.
CREATE TABLE job_areas (
    job_id TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    areas TEXT NOT NULL
);

-- One row for each bucket: held by whoever compares a new job with those that are unfinished.
CREATE TABLE job_buckets (
    bucket TEXT PRIMARY KEY
);
