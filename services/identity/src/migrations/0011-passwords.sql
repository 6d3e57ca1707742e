-- Passwords grow old, are changed, are not taken again, and are replaced by whoever reads the mailbox.

ALTER TABLE password_credential
  ADD COLUMN must_change text CONSTRAINT reason_to_change_a_password_is_known
    CHECK (must_change IN ('BREACHED', 'OLD_RULES', 'COMPROMISED', 'ROTATED')),
  ADD COLUMN rules_version integer NOT NULL DEFAULT 1,
  -- How a password came about: by its owner who knew the one before, by a code that was mailed, or at the very start.
  ADD COLUMN set_by text NOT NULL DEFAULT 'OWNER' CONSTRAINT password_is_set_by_somebody_known
    CHECK (set_by IN ('OWNER', 'MAIL')),
  -- The last of 14, 7 and 1 days before its end that a notice went out for.
  ADD COLUMN reminded_at_days smallint CONSTRAINT password_notices_are_three CHECK (reminded_at_days IN (14, 7, 1));
CREATE INDEX password_credential_by_age ON password_credential (organization_id, changed_at);

-- Hashes of earlier passwords, so that none is taken again (AUT-05).
CREATE TABLE password_history (
  id uuid NOT NULL CONSTRAINT password_history_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  hash text NOT NULL CONSTRAINT earlier_password_is_argon2id CHECK (hash LIKE '$argon2id$%'),
  pepper_version integer NOT NULL,
  replaced_at timestamptz NOT NULL,
  CONSTRAINT earlier_password_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX password_history_by_account ON password_history (account_id, replaced_at DESC);
SELECT kept_tenant_wall('password_history');

-- What an organization asks of passwords: every version stays, with who chose it and when.
CREATE TABLE password_policy (
  organization_id uuid NOT NULL,
  version integer NOT NULL CONSTRAINT password_policies_count_up CHECK (version > 0),
  profile text NOT NULL CONSTRAINT password_profile_is_known CHECK (profile IN ('DEFAULT', 'NIST')),
  staff_max_age_days integer CONSTRAINT passwords_of_staff_last_a_month_to_two_years
    CHECK (staff_max_age_days BETWEEN 30 AND 730),
  set_by uuid NOT NULL,
  set_at timestamptz NOT NULL,
  CONSTRAINT one_password_policy_per_version PRIMARY KEY (organization_id, version),
  -- NIST SP 800-63B-4 §3.1.1.2: no rotation without evidence of compromise.
  CONSTRAINT nist_asks_for_no_rotation CHECK (profile <> 'NIST' OR staff_max_age_days IS NULL)
);
SELECT kept_tenant_wall('password_policy');
SELECT kept_append_only('password_policy');

-- A sign-in that waits for a new password knows what was proven before it.
ALTER TABLE auth_flow ADD COLUMN assurance text CONSTRAINT flow_has_a_known_assurance
  CHECK (assurance IN ('PASSWORD', 'RESTRICTED', 'STRONG', 'PHISHING_RESISTANT'));
