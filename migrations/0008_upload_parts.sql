-- What was signed for each part of an upload, because not every storage server lists the checksums and sizes of the
-- parts that it holds.
CREATE TABLE upload_parts (
    upload_id TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    part_number BIGINT NOT NULL,
    -- Bytes; storage takes no other number of them under the URL.
    size BIGINT NOT NULL,
    -- In the upload's algorithm. NULL where there is none, and once the part was signed with two different ones: either
    -- may be the one that storage holds.
    checksum TEXT,
    PRIMARY KEY (upload_id, part_number)
);

-- Requests that are having storage put the object together at this moment, and until when none of them can still be
-- running. While there are any the upload cannot be aborted.
ALTER TABLE uploads ADD COLUMN completing BIGINT NOT NULL DEFAULT 0;
ALTER TABLE uploads ADD COLUMN completing_until BIGINT NOT NULL DEFAULT 0;
