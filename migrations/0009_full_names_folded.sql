-- A name as it is searched for: neither case nor the form of its letters makes a difference. SQLite's lower() knows
-- ASCII alone. NULL for names that were written before this column; lower() has to do for them.
ALTER TABLE users ADD COLUMN full_name_folded TEXT;
