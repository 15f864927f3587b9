-- Buckets that people made in the server's own storage. The row is there before the bucket is, so that a bucket which was
-- there already is nobody's.
CREATE TABLE buckets (
    name TEXT PRIMARY KEY,
    -- Whoever made it. No foreign key: the bucket of an account that is deleted stays.
    owner_id TEXT NOT NULL,
    region TEXT NOT NULL,
    -- creating: storage has not been asked for the bucket yet. making: it had none, and was asked to
    -- make it. made: storage has made it, and it is being set up. gone: it was
    -- deleted, and nobody else may have the name as long as URLs may be out that were signed for it.
    state TEXT NOT NULL CHECK (state IN ('creating', 'making', 'made', 'ready', 'deleting', 'gone')),
    -- Whoever makes or deletes it names the lease at each step. Once it has ended, another may go on.
    lease TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Current objects and their bytes, when all that the owner has was last counted.
    objects BIGINT,
    bytes BIGINT,
    counted_at BIGINT
);

CREATE INDEX buckets_owner ON buckets (owner_id, name);
