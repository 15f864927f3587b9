-- What a used refresh token was exchanged for: how two tabs that refresh at once are told from a thief who comes later.
ALTER TABLE refresh_tokens ADD COLUMN successor_hash TEXT;

-- Keys for scripts. A client holds the key; here is its hash, and a hint by which its owner recognises it.
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT,
    key_hash TEXT NOT NULL,
    hint TEXT NOT NULL,
    can_read BIGINT NOT NULL CHECK (can_read IN (0, 1)),
    can_write BIGINT NOT NULL CHECK (can_write IN (0, 1)),
    -- Below the owner's root, with its closing slash; nothing when the key reaches all of it.
    path TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT
);

CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash);
CREATE INDEX api_keys_user ON api_keys (user_id, created_at);
