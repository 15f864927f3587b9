-- What somebody chose for an archive, of which there may be more than a URL holds, until they fetch it: once, within
-- minutes. Only a hash of what is in the URL. `selection` is the request, as JSON.
CREATE TABLE archive_selections (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    selection TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX archive_selections_user ON archive_selections (user_id, created_at);
CREATE INDEX archive_selections_expiry ON archive_selections (expires_at);
