-- People who share a folder, `teams/<id>/` in the home bucket. The row of a team that is deleted stays, for its files do.
CREATE TABLE teams (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- As it is compared, searched and sorted.
    name_folded TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT
);

-- People tell teams by their names. That of a deleted team is free.
CREATE UNIQUE INDEX teams_name ON teams (name_folded) WHERE deleted_at IS NULL;
CREATE INDEX teams_order ON teams (name_folded, id);

CREATE TABLE team_members (
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'manager')),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, user_id)
);

-- Asked at each request that is about files.
CREATE INDEX team_members_user ON team_members (user_id);

-- Of a key that reaches into a team's folder: `path` lies below that instead of below its owner's home.
ALTER TABLE api_keys ADD COLUMN team_id TEXT REFERENCES teams (id);

-- The team that the invited person joins, and as what.
ALTER TABLE invitations ADD COLUMN team_id TEXT REFERENCES teams (id);
ALTER TABLE invitations ADD COLUMN team_role TEXT CHECK (team_role IN ('viewer', 'editor', 'manager'));
