-- Guessing is slowed, then shut out, and its victims are not: how many failures came in a row, work that was done for an
-- attempt, accounts that are locked altogether, and who opened them again.

ALTER TABLE attempt_counter
  ADD COLUMN in_a_row integer NOT NULL DEFAULT 0
    CONSTRAINT failures_in_a_row_are_counted CHECK (in_a_row >= 0);

-- A proof is good once (altcha-lib itself accepts a replay), by the hash of its challenge's signature.
CREATE TABLE spent_proof (
  organization_id uuid NOT NULL,
  digest bytea NOT NULL CONSTRAINT proof_digest_is_sha256 CHECK (octet_length(digest) = 32),
  spent_at timestamptz NOT NULL,
  CONSTRAINT a_proof_is_spent_once PRIMARY KEY (organization_id, digest)
);
CREATE INDEX spent_proof_by_time ON spent_proof (spent_at);

-- The hard lock: no way to a session is left, whatever is proven. Failures alone never make one.
CREATE TABLE account_lock (
  account_id uuid NOT NULL CONSTRAINT one_lock_per_account PRIMARY KEY,
  organization_id uuid NOT NULL,
  cause text NOT NULL CONSTRAINT lock_cause_is_known CHECK (cause IN ('NOT_ME', 'MANAGER', 'INCIDENT')),
  locked_by uuid,
  reason bytea,
  locked_at timestamptz NOT NULL,
  CONSTRAINT a_manager_who_locks_is_named CHECK (cause <> 'MANAGER' OR locked_by IS NOT NULL),
  CONSTRAINT lock_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);

-- Opened by a manager with a reason; what belongs to a manager is opened by two of them.
CREATE TABLE account_unlock (
  id uuid NOT NULL CONSTRAINT account_unlock_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  asked_by uuid NOT NULL,
  reason bytea,
  asked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  takes_two boolean NOT NULL,
  approved_by uuid,
  approved_at timestamptz,
  done_at timestamptz,
  CONSTRAINT nobody_unlocks_themselves CHECK (asked_by <> account_id),
  CONSTRAINT unlocking_is_approved_by_somebody_else CHECK (approved_by <> asked_by AND approved_by <> account_id),
  CONSTRAINT unlocking_a_manager_takes_two CHECK (NOT takes_two OR done_at IS NULL OR approved_by IS NOT NULL),
  CONSTRAINT approval_is_whole CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
  CONSTRAINT unlock_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX account_unlock_by_account ON account_unlock (account_id, asked_at);
CREATE INDEX account_unlock_waiting ON account_unlock (organization_id, asked_at) WHERE done_at IS NULL;

SELECT kept_tenant_wall('spent_proof');
SELECT kept_tenant_wall('account_lock');
SELECT kept_tenant_wall('account_unlock');
