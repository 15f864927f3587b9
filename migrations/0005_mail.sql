-- What is to be sent, and to whom; no text and no code, which are made when it is sent. A row goes when its mail has
-- gone. A replica that takes one up moves `due_at` on, so that another takes it up should the first one die.
CREATE TABLE mail_queue (
    id TEXT PRIMARY KEY,
    letter TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL
);

CREATE INDEX mail_queue_due ON mail_queue (due_at);

-- Development's mailbox, where no SMTP server is configured.
CREATE TABLE kept_mails (
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_body TEXT NOT NULL,
    code TEXT,
    at_ms BIGINT NOT NULL
);

CREATE INDEX kept_mails_time ON kept_mails (at_ms);

-- Registrations whose address is not confirmed yet. Neither name nor address is unique here: whoever asks first must
-- not keep either from its owner. The id becomes the account's.
CREATE TABLE pending_registrations (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    email TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    full_name TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX pending_registrations_username ON pending_registrations (lower(username), created_at);
CREATE INDEX pending_registrations_expiry ON pending_registrations (expires_at);

-- The address that a user wants instead of the one that is confirmed.
CREATE TABLE address_changes (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX address_changes_expiry ON address_changes (expires_at);

-- The one code that is good for a purpose and a subject (a user, or a registration): a new one takes the old one's
-- place. `mac` is keyed and covers purpose, subject and code.
CREATE TABLE codes (
    purpose TEXT NOT NULL CHECK (purpose IN ('confirm_registration', 'confirm_address', 'reset_password')),
    subject_id TEXT NOT NULL,
    mac TEXT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (purpose, subject_id)
);

CREATE INDEX codes_expiry ON codes (expires_at);

-- How many mails of one kind went to an address since `day_began_at`.
CREATE TABLE mail_allowances (
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    used BIGINT NOT NULL,
    day_began_at BIGINT NOT NULL,
    PRIMARY KEY (kind, address)
);

CREATE INDEX mail_allowances_day ON mail_allowances (day_began_at);
