-- How access ends: somebody leaves, is forgotten, or had a role for hours.

CREATE TABLE offboarding (
  id uuid NOT NULL CONSTRAINT offboarding_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  staff_member_id uuid NOT NULL,
  reason bytea,
  asked_by uuid NOT NULL CONSTRAINT nobody_offboards_themselves CHECK (asked_by <> staff_member_id),
  asked_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  state text NOT NULL CONSTRAINT offboarding_state_is_known CHECK (state IN ('SCHEDULED', 'ENDING', 'COMPLETE', 'CANCELLED')),
  began_at timestamptz,
  completed_at timestamptz,
  -- SHA-256 of the certificate; the audit log holds it too and proves when.
  certificate_hash bytea CONSTRAINT certificate_hash_is_sha256 CHECK (octet_length(certificate_hash) = 32),
  CONSTRAINT complete_offboarding_has_a_certificate CHECK
    ((state = 'COMPLETE') = (completed_at IS NOT NULL) AND (state = 'COMPLETE') = (certificate_hash IS NOT NULL)),
  CONSTRAINT offboarding_begins_before_it_is_complete CHECK (state IN ('SCHEDULED', 'CANCELLED') OR began_at IS NOT NULL),
  CONSTRAINT offboarding_of_an_account FOREIGN KEY (staff_member_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX one_offboarding_at_a_time ON offboarding (staff_member_id) WHERE state <> 'CANCELLED';
CREATE INDEX offboarding_due ON offboarding (due_at) WHERE state = 'SCHEDULED';
CREATE INDEX offboarding_by_organization ON offboarding (organization_id, asked_at DESC);

-- What each service has ended; written once.
CREATE TABLE offboarding_answer (
  offboarding_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  service text NOT NULL CONSTRAINT offboarding_service_is_known
    CHECK (service IN ('identity', 'scheduling', 'payments', 'compliance')),
  counts jsonb NOT NULL CONSTRAINT offboarding_counts_are_an_object CHECK (jsonb_typeof(counts) = 'object'),
  answered_at timestamptz NOT NULL,
  CONSTRAINT one_answer_per_service PRIMARY KEY (offboarding_id, service),
  CONSTRAINT answer_to_an_offboarding FOREIGN KEY (offboarding_id) REFERENCES offboarding (id) ON DELETE CASCADE
);

CREATE TABLE dormancy_policy (
  organization_id uuid NOT NULL CONSTRAINT one_dormancy_policy_per_organization PRIMARY KEY,
  notice_after_days integer NOT NULL CONSTRAINT notice_comes_after_a_week_to_a_year CHECK (notice_after_days BETWEEN 7 AND 365),
  suspend_after_days integer NOT NULL CONSTRAINT suspension_follows_the_notice_by_a_week
    CHECK (suspend_after_days BETWEEN notice_after_days + 7 AND notice_after_days + 365),
  set_by uuid NOT NULL,
  set_at timestamptz NOT NULL
);

-- A role for hours: asked for with a reason, given by somebody else, over by itself.
CREATE TABLE time_boxed_role (
  id uuid NOT NULL CONSTRAINT time_boxed_role_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  role text NOT NULL CONSTRAINT time_boxed_role_is_of_staff
    CHECK (role IN ('PROVIDER', 'FRONT_DESK', 'BILLING', 'MANAGER', 'COMPLIANCE')),
  reason bytea,
  minutes integer NOT NULL CONSTRAINT time_boxed_role_lasts_eight_hours_at_most CHECK (minutes BETWEEN 5 AND 480),
  state text NOT NULL CONSTRAINT time_boxed_role_state_is_known CHECK (state IN ('REQUESTED', 'APPROVED', 'DECLINED')),
  requested_at timestamptz NOT NULL,
  decided_by uuid CONSTRAINT nobody_approves_their_own_role CHECK (decided_by <> account_id),
  decided_at timestamptz,
  until timestamptz,
  ended_at timestamptz,
  CONSTRAINT decided_role_says_by_whom CHECK ((state = 'REQUESTED') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  CONSTRAINT approved_role_ends CHECK ((state = 'APPROVED') = (until IS NOT NULL)),
  CONSTRAINT approved_role_ends_within_eight_hours CHECK (until IS NULL OR until <= decided_at + interval '8 hours'),
  CONSTRAINT time_boxed_role_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX time_boxed_role_by_account ON time_boxed_role (account_id, until) WHERE state = 'APPROVED';
CREATE INDEX time_boxed_role_waiting ON time_boxed_role (organization_id, requested_at) WHERE state = 'REQUESTED';

-- Tokens say which roles somebody has: when one is taken back before its time, those so far are not believed any more.
CREATE FUNCTION ended_role_withdraws_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE session SET token_generation = token_generation + 1 WHERE account_id = NEW.account_id AND ended_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER ended_role_withdraws_tokens AFTER UPDATE OF ended_at ON time_boxed_role FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION ended_role_withdraws_tokens();

SELECT kept_tenant_wall('offboarding');
SELECT kept_tenant_wall('offboarding_answer');
SELECT kept_tenant_wall('dormancy_policy');
SELECT kept_tenant_wall('time_boxed_role');
