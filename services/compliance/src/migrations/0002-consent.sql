-- What people are shown. Content-addressed: the hash in a consent names exactly these words, for ever.
CREATE TABLE policy_document (
  id uuid CONSTRAINT a_policy_document_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL,
  purpose text NOT NULL,
  language text NOT NULL,
  major integer NOT NULL,
  minor integer NOT NULL,
  title text NOT NULL,
  text text NOT NULL,
  hash text NOT NULL,
  published_at timestamptz NOT NULL,
  CONSTRAINT one_policy_document_per_version UNIQUE (organization_id, purpose, language, major, minor),
  CONSTRAINT policy_versions_count_from_one_and_zero CHECK (major >= 1 AND minor >= 0),
  CONSTRAINT a_policy_document_says_something CHECK (title <> '' AND text <> ''),
  CONSTRAINT a_policy_hash_is_sha256_in_hexadecimal CHECK (hash ~ '^[0-9a-f]{64}$')
);
CREATE INDEX policy_documents_by_hash ON policy_document (organization_id, hash);
SELECT kept_tenant_wall('policy_document');
SELECT kept_append_only('policy_document');

-- Where each person stands now. The truth is consent_event; this row is its latest word.
CREATE TABLE consent (
  id uuid CONSTRAINT a_consent_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL,
  client_id uuid NOT NULL,
  purpose text NOT NULL,
  channel text NOT NULL,
  state text NOT NULL,
  document_hash text,
  changed_at timestamptz NOT NULL,
  ended_at timestamptz,
  CONSTRAINT one_consent_per_person_purpose_and_channel UNIQUE (organization_id, client_id, purpose, channel),
  CONSTRAINT a_consent_is_given_or_withdrawn CHECK (state IN ('GIVEN', 'WITHDRAWN')),
  CONSTRAINT a_withdrawn_consent_has_ended CHECK ((state = 'WITHDRAWN') = (ended_at IS NOT NULL)),
  CONSTRAINT a_given_consent_names_its_document CHECK (state <> 'GIVEN' OR document_hash IS NOT NULL)
);
CREATE INDEX consents_by_end ON consent (organization_id, ended_at, id) WHERE ended_at IS NOT NULL;
SELECT kept_tenant_wall('consent');

CREATE TABLE consent_event (
  id uuid CONSTRAINT a_consent_event_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL,
  consent_id uuid NOT NULL,
  client_id uuid NOT NULL,
  purpose text NOT NULL,
  channel text NOT NULL,
  kind text NOT NULL,
  document_hash text,
  document_major integer,
  language text,
  method text NOT NULL,
  actor_kind text NOT NULL,
  actor_id uuid,
  request_id text,
  occurred_at timestamptz NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  CONSTRAINT a_consent_event_belongs_to_a_consent FOREIGN KEY (consent_id) REFERENCES consent (id) ON DELETE CASCADE,
  CONSTRAINT a_consent_event_is_of_a_known_kind
    CHECK (kind IN ('given', 'refused', 'withdrawn', 'expired', 'renewed', 'objected')),
  CONSTRAINT giving_names_the_document
    CHECK (kind NOT IN ('given', 'renewed') OR (document_hash IS NOT NULL AND document_major IS NOT NULL))
);
CREATE INDEX consent_events_in_order ON consent_event (organization_id, client_id, purpose, channel, position DESC);
CREATE INDEX consent_events_by_consent ON consent_event (consent_id);
SELECT kept_tenant_wall('consent_event');

-- Append-only, with one way out: when the period after a withdrawal has run, the retention engine removes the whole
-- history of that consent. It says so in its transaction; nothing else does.
CREATE FUNCTION consent_events_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND coalesce(current_setting('kept.retention_rule', true), '') <> '' THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'consent events only grow: % is refused', TG_OP
    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'consent_events_only_grow';
END $$;
CREATE TRIGGER consent_events_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_event
  FOR EACH STATEMENT EXECUTE FUNCTION consent_events_only_grow();

-- Whether a message may go, as it was decided at the moment of sending. Its id is the receipt that stands on the message.
CREATE TABLE message_decision (
  id uuid CONSTRAINT a_decision_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL,
  message_id uuid NOT NULL,
  recipient_kind text NOT NULL,
  recipient_id uuid NOT NULL,
  template text NOT NULL,
  purpose text NOT NULL,
  channel text NOT NULL,
  allowed boolean NOT NULL,
  reason text NOT NULL,
  consent_event_id uuid,
  decided_at timestamptz NOT NULL,
  sent_at timestamptz,
  CONSTRAINT a_message_is_decided_once UNIQUE (organization_id, message_id),
  CONSTRAINT a_recipient_is_a_client_or_staff CHECK (recipient_kind IN ('CLIENT', 'STAFF')),
  CONSTRAINT only_allowed_messages_are_sent CHECK (sent_at IS NULL OR allowed)
);
CREATE INDEX message_decisions_by_age ON message_decision (organization_id, decided_at, id);
SELECT kept_tenant_wall('message_decision');

-- Whom this service knows of: a random reference, and whether the person was erased.
CREATE TABLE known_client (
  id uuid CONSTRAINT a_client_is_known_once PRIMARY KEY,
  organization_id uuid NOT NULL,
  registered_at timestamptz NOT NULL,
  erased_at timestamptz
);
SELECT kept_tenant_wall('known_client');
