-- What a mail says of itself, so that whoever doubts it can ask whether it is ours. The code is stored as a keyed hash, the
-- address masked and sealed.
CREATE TABLE mail_mark (
  id uuid NOT NULL CONSTRAINT one_mark_per_mail PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  code_hash bytea NOT NULL CONSTRAINT mail_code_is_given_once UNIQUE,
  kind text NOT NULL CONSTRAINT marked_kind_is_known
    CHECK (kind IN ('APPOINTMENT', 'PAYMENT', 'SECURITY', 'OPERATION')),
  sent_to bytea,
  sent_at timestamptz NOT NULL,
  CONSTRAINT mark_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX mail_mark_by_age ON mail_mark (sent_at);

-- A new e-mail address, until it is proven with a mailed code, and long enough afterwards to be undone by whoever has the
-- earlier one.
CREATE TABLE contact_change (
  id uuid NOT NULL CONSTRAINT contact_change_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  state text NOT NULL CONSTRAINT contact_change_state_is_known
    CHECK (state IN ('AWAITING_CODE', 'CONFIRMED', 'REPLACED', 'UNDONE')),
  new_email bytea,
  new_email_index bytea,
  previous_email bytea,
  previous_email_index bytea,
  code_hash bytea,
  code_expires_at timestamptz,
  attempts integer NOT NULL CONSTRAINT five_codes_per_contact_change CHECK (attempts BETWEEN 0 AND 5),
  created_at timestamptz NOT NULL,
  undo_until timestamptz NOT NULL,
  confirmed_at timestamptz,
  undone_at timestamptz,
  CONSTRAINT contact_changes_are_confirmed_once CHECK (state <> 'CONFIRMED' OR confirmed_at IS NOT NULL),
  CONSTRAINT undone_contact_changes_say_when CHECK ((state = 'UNDONE') = (undone_at IS NOT NULL)),
  CONSTRAINT contact_change_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX one_contact_change_awaits_its_code ON contact_change (account_id) WHERE state = 'AWAITING_CODE';
CREATE INDEX contact_change_by_account ON contact_change (account_id, created_at);
CREATE INDEX contact_change_by_age ON contact_change (created_at);

SELECT kept_tenant_wall('mail_mark');
SELECT kept_tenant_wall('contact_change');

-- A mail that goes to an address of a contact change and not to the account's own: its code, its notice, its copies.
ALTER TABLE outgoing_mail ADD COLUMN contact_change_id uuid;

-- The language a business writes in to whoever has named none.
ALTER TABLE organization_profile ADD COLUMN language text NOT NULL DEFAULT 'en';
ALTER TABLE organization_profile ADD CONSTRAINT business_language_is_a_tag
  CHECK (language ~ '^[a-z]{2}(-[A-Z]{2})?$') NOT VALID;
ALTER TABLE organization_profile VALIDATE CONSTRAINT business_language_is_a_tag;
