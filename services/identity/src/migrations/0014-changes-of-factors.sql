-- A second factor that was taken off or replaced, kept for a day so that its owner can bring it back without signing in.
CREATE TABLE factor_change (
  id uuid NOT NULL CONSTRAINT factor_change_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  change text NOT NULL CONSTRAINT factor_change_is_of_a_kind CHECK (change IN ('REMOVED', 'REPLACED')),
  -- Who did it for somebody else, and why; empty when people did it themselves.
  changed_by uuid,
  reason bytea,
  former_factor_id uuid,
  former_secret bytea,
  former_step bigint,
  created_at timestamptz NOT NULL,
  undo_until timestamptz NOT NULL,
  undone_at timestamptz,
  CONSTRAINT nobody_takes_off_their_own_factor_for_others CHECK (changed_by <> account_id),
  CONSTRAINT who_takes_off_others_factors_says_why CHECK ((changed_by IS NULL) = (reason IS NULL)),
  CONSTRAINT undone_factor_changes_keep_no_secret CHECK (undone_at IS NULL OR former_secret IS NULL),
  CONSTRAINT factor_change_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX factor_change_by_account ON factor_change (account_id, created_at);
CREATE INDEX factor_change_by_age ON factor_change (undo_until);
SELECT kept_tenant_wall('factor_change');

-- What somebody was advised to do for their security, and said "not now" to.
CREATE TABLE nudge_dismissal (
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  nudge text NOT NULL CONSTRAINT nudge_is_known
    CHECK (nudge IN ('ADD_SECOND_FACTOR', 'ADD_STRONGER_FACTOR', 'RENEW_RECOVERY_CODES')),
  dismissed_until timestamptz NOT NULL,
  CONSTRAINT one_dismissal_per_nudge PRIMARY KEY (account_id, nudge),
  CONSTRAINT dismissal_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
SELECT kept_tenant_wall('nudge_dismissal');
