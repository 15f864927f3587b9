-- Bytes; nothing: no limit.
ALTER TABLE users ADD COLUMN quota_bytes BIGINT CHECK (quota_bytes >= 0);

-- Only a hash of what the invited person holds. `role` is what an admin chose, `email` where it was sent: whoever
-- holds the secret reads that mailbox. The one who invited may be gone by the time it is taken up.
CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL,
    email TEXT,
    role TEXT NOT NULL CHECK (role IN ('user', 'admin')),
    invited_by TEXT REFERENCES users (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    accepted_by TEXT,
    revoked_at BIGINT
);

CREATE UNIQUE INDEX invitations_token ON invitations (token_hash);
CREATE INDEX invitations_time ON invitations (created_at, id);

-- One row for ever. It says whether there has been a first admin, and who may become it; and whoever changes the set
-- of admins writes to it first, so that two who do take turns.
CREATE TABLE setup (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    token_hash TEXT,
    token_expires_at BIGINT,
    completed_at BIGINT
);

INSERT INTO setup (id) VALUES (1);
