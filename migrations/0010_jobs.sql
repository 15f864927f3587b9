-- Work that outlives a request. A job is queued until a replica claims it, and runs under a lease that the replica
-- renews. One whose lease has ended is claimed by any replica and goes on from its cursor.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    -- NULL: the program's own work, such as mail. Its row goes when it ends.
    owner TEXT REFERENCES users (id) ON DELETE CASCADE,
    -- The API key by which it was asked for, if any.
    api_key TEXT,
    -- What is to be done, and how far it is done, in the kind's own JSON.
    input TEXT NOT NULL,
    cursor TEXT,
    done BIGINT NOT NULL DEFAULT 0,
    total BIGINT,
    bytes_done BIGINT NOT NULL DEFAULT 0,
    bytes_total BIGINT,
    -- How many things failed. The first of them are in `job_failures`.
    failed BIGINT NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    -- Claims since a checkpoint has last moved it on.
    attempts BIGINT NOT NULL DEFAULT 0,
    -- When it may be claimed: while it runs, the end of its lease.
    due_at BIGINT NOT NULL,
    -- Names the claim under which it runs. Who holds an older one can write nothing any more.
    lease TEXT,
    cancel_requested BIGINT NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
    -- Grows with every change, so that whoever watches a job sees that there was one.
    revision BIGINT NOT NULL DEFAULT 0,
    created_at_ms BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    -- Until when it can be undone, where it can.
    undo_expires_at BIGINT,
    -- The job that this one undoes.
    undo_of TEXT
);

CREATE INDEX jobs_due ON jobs (due_at) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_owner ON jobs (owner, created_at_ms, id);
CREATE INDEX jobs_finished ON jobs (finished_at);

-- What of a job failed: the first 1,000 of it, in order.
CREATE TABLE job_failures (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    object_key TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (job_id, position)
);

-- Letters are jobs now.
INSERT INTO jobs (id, kind, input, attempts, due_at, created_at_ms)
SELECT id, 'mail', letter, attempts, due_at, created_at * 1000 FROM mail_queue;

DROP TABLE mail_queue;
