-- How much storage somebody takes, and how much they may take. Whatever counts to one quota is one holder: a person with
-- their home and their buckets, a team with its folder.
CREATE TABLE storage_use (
    holder_kind TEXT NOT NULL,
    holder_id TEXT NOT NULL,
    -- NULL: no limit.
    quota_bytes BIGINT CHECK (quota_bytes >= 0),
    -- Bytes of all versions, and of parts for which there is no reservation.
    used_bytes BIGINT NOT NULL DEFAULT 0 CHECK (used_bytes >= 0),
    -- The sum of the reservations.
    reserved_bytes BIGINT NOT NULL DEFAULT 0 CHECK (reserved_bytes >= 0),
    -- All that was ever added to `used_bytes`, and taken from it: a count learns from them what changed while it listed.
    added_bytes BIGINT NOT NULL DEFAULT 0 CHECK (added_bytes >= 0),
    freed_bytes BIGINT NOT NULL DEFAULT 0 CHECK (freed_bytes >= 0),
    -- When all of it was last counted in storage, and when it is to be counted next.
    counted_at BIGINT,
    count_due_at BIGINT NOT NULL DEFAULT 0,
    -- When the holder was last told that little is left. NULL once there is more again.
    warned_at BIGINT,
    PRIMARY KEY (holder_kind, holder_id)
);

CREATE INDEX storage_use_due ON storage_use (count_due_at);

INSERT INTO storage_use (holder_kind, holder_id, quota_bytes) SELECT 'user', id, quota_bytes FROM users;

ALTER TABLE users DROP COLUMN quota_bytes;

-- Bytes that may come to be stored, and count as if they were.
CREATE TABLE storage_reservations (
    id TEXT PRIMARY KEY,
    holder_kind TEXT NOT NULL,
    holder_id TEXT NOT NULL,
    -- put: by a presigned URL, of which nobody tells us whether it was used. upload: in parts; it has the id of its row in
    -- `uploads`. write: by the program itself; one of a job has the job's id.
    kind TEXT NOT NULL CHECK (kind IN ('put', 'upload', 'write')),
    bytes BIGINT NOT NULL CHECK (bytes >= 0),
    -- Of a put and an upload: what is to be written.
    bucket TEXT,
    object_key TEXT,
    -- Of an upload: storage's own id of it, once it has begun.
    storage_id TEXT,
    -- Of a put: the ETag of what it replaces, empty where that is nothing. NULL where storage does not hold to it.
    replaces TEXT,
    -- Of a put into a bucket without versions: the size of what it replaces.
    frees BIGINT NOT NULL DEFAULT 0 CHECK (frees >= 0),
    created_at BIGINT NOT NULL,
    -- When it is found out what became of it. NULL: never, it ends with its upload.
    expires_at BIGINT,
    FOREIGN KEY (holder_kind, holder_id) REFERENCES storage_use (holder_kind, holder_id) ON DELETE CASCADE
);

CREATE INDEX storage_reservations_holder ON storage_reservations (holder_kind, holder_id, object_key);
CREATE INDEX storage_reservations_expiry ON storage_reservations (expires_at);
