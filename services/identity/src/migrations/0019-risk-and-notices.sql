-- How odd a sign-in is, and what whoever it was not can do about it.

-- What an organization has set; nothing is ever changed, so that an assessment can name the version it was made by.
CREATE TABLE risk_policy (
  organization_id uuid NOT NULL,
  version integer NOT NULL CONSTRAINT risk_policy_versions_count_up CHECK (version > 0),
  settings jsonb NOT NULL,
  set_by uuid NOT NULL,
  set_at timestamptz NOT NULL,
  CONSTRAINT one_risk_policy_per_version PRIMARY KEY (organization_id, version)
);

-- From where and on what an account was used, as coarsely as it can be judged by: no address, a place sealed.
CREATE TABLE sign_in_origin (
  session_id uuid NOT NULL CONSTRAINT one_origin_per_session PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  device_id uuid NOT NULL,
  country text CONSTRAINT origin_country_is_a_code CHECK (country ~ '^[A-Z]{2}$'),
  provider bigint,
  network_hash bytea,
  relayed boolean NOT NULL,
  place bytea,
  device_name bytea,
  began_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL CONSTRAINT origin_is_seen_after_it_began CHECK (seen_at >= began_at),
  CONSTRAINT origin_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX sign_in_origin_by_account ON sign_in_origin (account_id, seen_at DESC);
CREATE INDEX sign_in_origin_by_device ON sign_in_origin (device_id, began_at DESC);
CREATE INDEX sign_in_origin_by_age ON sign_in_origin (seen_at);

CREATE TABLE risk_assessment (
  id uuid NOT NULL CONSTRAINT risk_assessment_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  session_id uuid,
  occasion text NOT NULL CONSTRAINT risk_occasion_is_known
    CHECK (occasion IN ('SIGN_IN', 'REFRESH', 'OPERATION', 'CODE_REUSE')),
  score integer NOT NULL CONSTRAINT risk_score_is_zero_to_a_hundred CHECK (score BETWEEN 0 AND 100),
  level text NOT NULL CONSTRAINT risk_level_is_known CHECK (level IN ('LOW', 'MEDIUM', 'HIGH', 'DENY')),
  mode text NOT NULL CONSTRAINT risk_mode_is_known CHECK (mode IN ('OBSERVE', 'ENFORCE')),
  policy_version integer NOT NULL,
  reasons text[] NOT NULL CONSTRAINT risk_reasons_are_known CHECK (reasons <@ ARRAY['NEW_DEVICE', 'NEW_COUNTRY',
    'IMPOSSIBLE_TRAVEL', 'IDLE', 'ANONYMOUS_NETWORK', 'NETWORK_CHANGED', 'RECENT_FAILURES', 'STUFFING_PATTERN',
    'OFF_HOURS', 'AUTOMATION', 'CODE_REUSED']),
  -- Whose device it was a moment ago, when it was somebody else's.
  previous_account_id uuid,
  country text CONSTRAINT assessed_country_is_a_code CHECK (country ~ '^[A-Z]{2}$'),
  network_hash bytea,
  assessed_at timestamptz NOT NULL,
  CONSTRAINT nothing_odd_scores_nothing CHECK ((score = 0) = (cardinality(reasons) = 0)),
  CONSTRAINT risk_assessment_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX risk_assessment_by_account ON risk_assessment (account_id, assessed_at DESC);
CREATE INDEX risk_assessment_by_time ON risk_assessment (organization_id, assessed_at DESC, id);
CREATE INDEX risk_assessment_by_age ON risk_assessment (assessed_at);

-- "This was not me", in a mail. The token is an HMAC over the id, so nothing of it stands here; it works once.
CREATE TABLE notice_link (
  id uuid NOT NULL CONSTRAINT one_link_per_notice PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  session_id uuid,
  device_id uuid,
  template text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CONSTRAINT notice_link_ends CHECK (expires_at > created_at),
  used_at timestamptz,
  CONSTRAINT notice_link_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX notice_link_by_age ON notice_link (expires_at);

-- What somebody has to look at: a person says it was not them, something looked wrong to them, or a password is shared.
CREATE TABLE security_case (
  id uuid NOT NULL CONSTRAINT security_case_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT security_case_kind_is_known
    CHECK (kind IN ('NOT_ME', 'UNFAMILIAR_SIGN_IN', 'UNUSUAL_MESSAGE', 'OTHER', 'SHARED_CREDENTIAL')),
  about text NOT NULL,
  report bytea,
  sessions_ended integer NOT NULL DEFAULT 0 CONSTRAINT ended_sessions_are_counted CHECK (sessions_ended >= 0),
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  closed_by uuid,
  finding text CONSTRAINT security_finding_is_known CHECK (finding IN ('HARMLESS', 'INCIDENT')),
  CONSTRAINT closed_case_says_by_whom CHECK
    ((closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (finding IS NULL)),
  CONSTRAINT nobody_closes_their_own_case CHECK (closed_by <> account_id),
  CONSTRAINT security_case_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX security_case_by_opening ON security_case (organization_id, opened_at DESC, id);
CREATE INDEX security_case_by_account ON security_case (account_id, kind, opened_at);
CREATE INDEX security_case_by_age ON security_case (opened_at);
-- The same sharing is told once, until somebody has looked at it.
CREATE UNIQUE INDEX one_open_case_of_a_shared_credential ON security_case (account_id)
  WHERE kind = 'SHARED_CREDENTIAL' AND closed_at IS NULL;

-- News about security for all clients. Written once, then never changed; each person gets it at most once.
CREATE TABLE security_campaign (
  id uuid NOT NULL CONSTRAINT security_campaign_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  texts jsonb NOT NULL,
  state text NOT NULL CONSTRAINT campaign_state_is_known CHECK (state IN ('SENDING', 'SENT', 'STOPPED')),
  written_by uuid NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  CONSTRAINT campaign_says_when_it_ended CHECK ((state = 'SENDING') = (finished_at IS NULL))
);
CREATE UNIQUE INDEX one_campaign_at_a_time ON security_campaign (organization_id) WHERE state = 'SENDING';
CREATE INDEX security_campaign_by_start ON security_campaign (organization_id, started_at DESC);

CREATE TABLE campaign_delivery (
  campaign_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  mail_id uuid NOT NULL CONSTRAINT one_delivery_per_mail UNIQUE,
  queued_at timestamptz NOT NULL,
  CONSTRAINT one_campaign_mail_per_person PRIMARY KEY (campaign_id, account_id),
  CONSTRAINT delivery_of_a_campaign FOREIGN KEY (campaign_id) REFERENCES security_campaign (id) ON DELETE CASCADE,
  CONSTRAINT delivery_to_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX campaign_delivery_by_account ON campaign_delivery (account_id);
CREATE INDEX campaign_delivery_by_age ON campaign_delivery (queued_at);

-- What was sent and judged stays as it was.
CREATE FUNCTION security_record_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a % stays as it was written', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'security_record_stays';
END $$;
CREATE TRIGGER security_record_stays BEFORE UPDATE ON risk_policy FOR EACH ROW EXECUTE FUNCTION security_record_stays();
CREATE TRIGGER security_record_stays BEFORE UPDATE OF texts, written_by, started_at ON security_campaign
  FOR EACH ROW WHEN ((OLD.texts, OLD.written_by, OLD.started_at) IS DISTINCT FROM (NEW.texts, NEW.written_by, NEW.started_at))
  EXECUTE FUNCTION security_record_stays();

SELECT kept_tenant_wall('risk_policy');
SELECT kept_tenant_wall('sign_in_origin');
SELECT kept_tenant_wall('risk_assessment');
SELECT kept_tenant_wall('notice_link');
SELECT kept_tenant_wall('security_case');
SELECT kept_tenant_wall('security_campaign');
SELECT kept_tenant_wall('campaign_delivery');
