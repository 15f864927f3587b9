-- Append-only: the program has no statement that changes or removes a row. `actor_id` refers to no table, because
-- what someone did stays true after their account is gone.
CREATE TABLE audit_log (
    id TEXT PRIMARY KEY,
    -- Milliseconds: many things happen in one second.
    at_ms BIGINT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('success', 'denied', 'failed')),
    actor_id TEXT,
    actor_name TEXT,
    target TEXT,
    detail TEXT,
    address TEXT,
    request_id TEXT
);

CREATE INDEX audit_log_time ON audit_log (at_ms, id);
CREATE INDEX audit_log_actor ON audit_log (actor_id, at_ms);

ALTER TABLE sign_ins ADD COLUMN address TEXT;
-- Only an address that its owner has confirmed; at most one account has it.
ALTER TABLE users ADD COLUMN email TEXT;
ALTER TABLE users ADD COLUMN password_changed_at BIGINT;
CREATE UNIQUE INDEX users_email ON users (lower(email)) WHERE email IS NOT NULL;
