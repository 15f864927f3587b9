-- How much below a folder is other than it was at a moment, where a job had to count it. Answered for some minutes, and
-- forgotten with its job.
CREATE TABLE history_counts (
    job_id TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    owner TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Bucket, prefix and moment, as JSON.
    question TEXT NOT NULL,
    -- NULL until it is counted.
    added BIGINT,
    changed BIGINT,
    deleted BIGINT,
    counted_at BIGINT
);

CREATE UNIQUE INDEX history_counts_question ON history_counts (owner, question);
