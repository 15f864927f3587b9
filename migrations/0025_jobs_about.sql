-- What a job works on, as its owner's list of jobs names it: JSON, NULL for the program's own jobs and those of earlier
-- releases.
ALTER TABLE jobs ADD COLUMN about TEXT;
