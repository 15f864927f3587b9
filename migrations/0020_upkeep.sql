-- Work that one replica does for all of them, and when it was last begun (Unix seconds).
CREATE TABLE upkeep (
    name TEXT PRIMARY KEY,
    began_at BIGINT NOT NULL
);
