-- What is seen of attacks: counters in volume, what was made of them, and how often sign-ins fail in quiet times.

-- Kept by rate-limiter-flexible in its own three columns, which come first and in this order. Keys are keyed hashes with the
-- business and the window in them; the business stands beside them so that the wall stands too.
CREATE TABLE volume_counter (
  key varchar(255) NOT NULL CONSTRAINT one_volume_counter_per_key PRIMARY KEY,
  points integer NOT NULL DEFAULT 0,
  expire bigint,
  organization_id uuid NOT NULL DEFAULT nullif(current_setting('kept.organization', true), '')::uuid,
  counted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX volume_counter_by_time ON volume_counter (counted_at);

CREATE TABLE security_alert (
  id uuid NOT NULL CONSTRAINT security_alert_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT security_alert_kind_is_known CHECK (kind IN ('ACCOUNT_FAILURES', 'PREFIX_FAILURES',
    'CREDENTIAL_STUFFING', 'DISTRIBUTED_GUESSING', 'PASSWORD_SPRAYING', 'FAILURE_RATIO', 'CODES_GUESSED')),
  about bytea NOT NULL,
  account_id uuid,
  failures integer NOT NULL CONSTRAINT an_alert_counts_failures CHECK (failures > 0),
  identifiers integer NOT NULL,
  networks integer NOT NULL,
  window_seconds integer NOT NULL,
  window_starts_at timestamptz NOT NULL,
  raised_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  CONSTRAINT one_alert_per_attack_and_window UNIQUE (organization_id, kind, about, window_starts_at)
);
CREATE INDEX security_alert_by_time ON security_alert (organization_id, raised_at DESC, id);

CREATE TABLE sign_in_baseline (
  organization_id uuid NOT NULL CONSTRAINT one_sign_in_baseline_per_organization PRIMARY KEY,
  failure_share double precision NOT NULL CONSTRAINT a_share_is_a_share CHECK (failure_share BETWEEN 0 AND 1),
  windows integer NOT NULL CONSTRAINT windows_are_counted CHECK (windows > 0),
  measured_until timestamptz NOT NULL
);
CREATE INDEX session_by_start ON session (organization_id, created_at);

SELECT kept_tenant_wall('volume_counter');
SELECT kept_tenant_wall('security_alert');
SELECT kept_tenant_wall('sign_in_baseline');
