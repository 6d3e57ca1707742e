-- Who exists, how they prove it, and which sessions that proof has opened. Personal texts are ciphertext (bytea).

CREATE TABLE organization_profile (
  organization_id uuid NOT NULL CONSTRAINT one_profile_per_organization PRIMARY KEY,
  name text NOT NULL CONSTRAINT organization_has_a_name CHECK (length(name) BETWEEN 1 AND 200),
  time_zone text NOT NULL,
  currency text NOT NULL CONSTRAINT currency_is_three_letters CHECK (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz NOT NULL
);

CREATE TABLE account (
  id uuid NOT NULL CONSTRAINT account_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT account_kind_is_known CHECK (kind IN ('CLIENT', 'STAFF')),
  roles text[] NOT NULL,
  state text NOT NULL CONSTRAINT account_state_is_known CHECK (state IN ('PENDING', 'ACTIVE', 'ERASED')),
  display_name bytea,
  email bytea,
  email_index bytea,
  phone bytea,
  time_zone text NOT NULL,
  language text NOT NULL,
  created_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  last_active_at timestamptz NOT NULL,
  CONSTRAINT roles_fit_the_kind_of_account CHECK (
    CASE kind WHEN 'CLIENT' THEN roles = ARRAY['CLIENT']
    ELSE cardinality(roles) > 0 AND roles <@ ARRAY['PROVIDER', 'FRONT_DESK', 'BILLING', 'MANAGER', 'COMPLIANCE'] END),
  CONSTRAINT active_account_is_confirmed CHECK (state <> 'ACTIVE' OR confirmed_at IS NOT NULL),
  CONSTRAINT erased_account_has_no_address CHECK (state <> 'ERASED' OR email_index IS NULL)
);
-- Pending accounts are claims that nobody has proven: any number may name one address, and only one can become active.
CREATE UNIQUE INDEX one_active_account_per_address ON account (organization_id, email_index) WHERE state = 'ACTIVE';
CREATE INDEX account_by_address ON account (organization_id, email_index, created_at);

CREATE TABLE password_credential (
  account_id uuid NOT NULL CONSTRAINT one_password_per_account PRIMARY KEY,
  organization_id uuid NOT NULL,
  hash text NOT NULL CONSTRAINT password_is_argon2id CHECK (hash LIKE '$argon2id$%'),
  pepper_version integer NOT NULL,
  changed_at timestamptz NOT NULL,
  CONSTRAINT password_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);

CREATE TABLE totp_factor (
  id uuid NOT NULL CONSTRAINT totp_factor_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  secret bytea NOT NULL,
  last_step bigint NOT NULL,
  created_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  CONSTRAINT totp_factor_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX one_authenticator_in_force ON totp_factor (account_id) WHERE confirmed_at IS NOT NULL;
CREATE UNIQUE INDEX one_authenticator_being_enrolled ON totp_factor (account_id) WHERE confirmed_at IS NULL;

CREATE TABLE recovery_code (
  id uuid NOT NULL CONSTRAINT recovery_code_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  code_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT recovery_code_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX recovery_code_is_unique ON recovery_code (account_id, code_hash);

-- account_id is null in a decoy: a flow for an address that is already taken, which no code can ever complete.
CREATE TABLE auth_flow (
  id uuid NOT NULL CONSTRAINT auth_flow_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  kind text NOT NULL CONSTRAINT flow_kind_is_known CHECK (kind IN ('CONFIRM_ADDRESS', 'SIGN_IN', 'ENROL')),
  state text NOT NULL CONSTRAINT flow_state_is_known
    CHECK (state IN ('AWAITING_CODE', 'AWAITING_FACTOR', 'AWAITING_ENROLMENT', 'COMPLETED', 'SPENT')),
  account_id uuid,
  device_id uuid,
  attempts integer NOT NULL CONSTRAINT five_attempts_per_flow CHECK (attempts BETWEEN 0 AND 5),
  code_hash bytea,
  code_expires_at timestamptz,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT flow_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX flow_token_is_unique ON auth_flow (token_hash);
CREATE INDEX flow_by_account ON auth_flow (account_id);
CREATE INDEX flow_by_expiry ON auth_flow (expires_at);

CREATE TABLE device (
  id uuid NOT NULL CONSTRAINT device_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  generation integer NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  trusted_until timestamptz NOT NULL,
  revoked_at timestamptz,
  CONSTRAINT device_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX device_by_account ON device (account_id);

CREATE TABLE session (
  id uuid NOT NULL CONSTRAINT session_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  device_id uuid NOT NULL,
  flow_id uuid NOT NULL CONSTRAINT one_session_per_sign_in UNIQUE,
  kind text NOT NULL,
  second_factor boolean NOT NULL,
  refresh_counter integer NOT NULL,
  rotated_at timestamptz NOT NULL,
  authenticated_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  idle_expires_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_reason text CONSTRAINT session_end_reason_is_known CHECK (end_reason IN ('SIGNED_OUT', 'TOKEN_REUSED', 'REPLACED', 'EXPIRED')),
  CONSTRAINT staff_sessions_need_a_second_factor CHECK (kind = 'CLIENT' OR (kind = 'STAFF' AND second_factor)),
  CONSTRAINT ended_session_has_a_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
  CONSTRAINT session_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX session_by_account ON session (account_id, created_at);

-- Failures per scope and keyed hash: no address, network or account id can be read out of it.
CREATE TABLE attempt_counter (
  organization_id uuid NOT NULL,
  scope text NOT NULL CONSTRAINT attempt_scope_is_known
    CHECK (scope IN ('UNKNOWN_DEVICES', 'KNOWN_DEVICE', 'NETWORK', 'CODES', 'SIGN_UPS', 'MAILS')),
  key_hash bytea NOT NULL,
  failures integer NOT NULL,
  locks integer NOT NULL,
  window_ends_at timestamptz NOT NULL,
  locked_until timestamptz,
  recent bytea[] NOT NULL,
  CONSTRAINT one_counter_per_scope_and_key PRIMARY KEY (organization_id, scope, key_hash)
);

-- A mail that is to be sent; the row is the truth, the queued job only carries its id.
CREATE TABLE outgoing_mail (
  id uuid NOT NULL CONSTRAINT mail_is_claimed_once PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  flow_id uuid,
  template text NOT NULL,
  requested boolean NOT NULL,
  parameters jsonb NOT NULL,
  attachment jsonb,
  state text NOT NULL CONSTRAINT mail_state_is_known
    CHECK (state IN ('QUEUED', 'SENDING', 'SENT', 'EXPIRED', 'UNDELIVERABLE')),
  attempts integer NOT NULL,
  due_at timestamptz NOT NULL,
  not_after timestamptz,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  CONSTRAINT mail_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX unsent_mail_by_due_time ON outgoing_mail (due_at) WHERE state IN ('QUEUED', 'SENDING');

SELECT kept_tenant_wall('organization_profile');
SELECT kept_tenant_wall('account');
SELECT kept_tenant_wall('password_credential');
SELECT kept_tenant_wall('totp_factor');
SELECT kept_tenant_wall('recovery_code');
SELECT kept_tenant_wall('auth_flow');
SELECT kept_tenant_wall('device');
SELECT kept_tenant_wall('session');
SELECT kept_tenant_wall('attempt_counter');
SELECT kept_tenant_wall('outgoing_mail');
