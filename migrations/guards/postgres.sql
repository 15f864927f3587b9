-- The audit log is append-only, for whatever program holds this database. Run at every migration; repeatable.
DO $guards$
BEGIN
    -- Replicas that start together take turns.
    PERFORM pg_advisory_xact_lock(hashtext('forepeak guards'));
    IF NOT EXISTS (
        SELECT 1 FROM pg_trigger WHERE tgrelid = 'audit_log'::regclass AND tgname = 'audit_log_append_only'
    ) THEN
        CREATE OR REPLACE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS $refuse$
        BEGIN
            RAISE EXCEPTION 'the audit log is append-only';
        END
        $refuse$;
        CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
            FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only();
    END IF;
END
$guards$;
