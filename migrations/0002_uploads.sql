-- The journal of uploads in parts: what was begun, for whom, and how it ended. `id` is the upload id that clients
-- hold; `storage_id` is storage's own.
CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    bucket TEXT NOT NULL,
    object_key TEXT NOT NULL,
    storage_id TEXT NOT NULL,
    size BIGINT,
    part_size BIGINT,
    checksum TEXT CHECK (checksum IN ('CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256')),
    only_if_absent BIGINT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'aborting', 'completed')),
    etag TEXT,
    version_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX uploads_user ON uploads (user_id, state, created_at);
CREATE INDEX uploads_expiry ON uploads (expires_at);
CREATE INDEX uploads_storage ON uploads (storage_id);
