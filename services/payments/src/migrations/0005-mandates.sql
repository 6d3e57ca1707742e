-- How a card comes here, what its holder agreed to before anything may be taken while they are away, and how it goes.

-- RETIRING: out of use here, about to be detached at the processor. EXPIRED: past its last month, until a new card comes.
ALTER TABLE payment_method DROP CONSTRAINT payment_method_status_is_known,
  ADD CONSTRAINT payment_method_status_is_known
    CHECK (status IN ('PENDING', 'ACTIVE', 'EXPIRED', 'RETIRING', 'DELETED')) NOT VALID;
ALTER TABLE payment_method VALIDATE CONSTRAINT payment_method_status_is_known;
ALTER TABLE payment_method
  -- Whether its holder's bank was asked, once, that it may be used while they are away.
  ADD COLUMN set_up_at timestamptz,
  -- Which row took over: the same card that was here already, or the card that came in its place.
  ADD COLUMN replaced_by uuid CONSTRAINT payment_method_replaced_by_a_known_one REFERENCES payment_method (id) ON DELETE SET NULL;
ALTER TABLE payment_method ADD CONSTRAINT nothing_replaces_itself CHECK (replaced_by <> id) NOT VALID;
ALTER TABLE payment_method VALIDATE CONSTRAINT nothing_replaces_itself;
-- Whoever wrote the same card down twice before this rule keeps both; the index is only about what comes now.
CREATE INDEX payment_method_of_a_card ON payment_method (organization_id, client_id, fingerprint_index)
  WHERE status IN ('ACTIVE', 'EXPIRED');

-- What the holder of a card agreed to, word for word by its hash, and the most that may be taken. Never changed but once,
-- when it is revoked: a dispute is decided by what was shown on that day.
CREATE TABLE mandate (
  id uuid NOT NULL CONSTRAINT mandate_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT mandate_of_an_organization REFERENCES organization (id),
  client_id uuid NOT NULL,
  payment_method_id uuid NOT NULL CONSTRAINT mandate_for_a_known_method REFERENCES payment_method (id) ON DELETE CASCADE,
  booking_id uuid,
  text_version text NOT NULL,
  text_sha256 bytea NOT NULL CONSTRAINT mandate_names_its_text CHECK (octet_length(text_sha256) = 32),
  language text NOT NULL,
  accepted_at timestamptz NOT NULL,
  -- HMAC of the address that accepted, under a key of the organization; never the address.
  address_hmac bytea,
  max_amount_minor bigint NOT NULL CONSTRAINT mandate_amount_is_positive CHECK (max_amount_minor > 0),
  currency char(3) NOT NULL CONSTRAINT mandate_currency_is_three_letters CHECK (currency ~ '^[A-Z]{3}$'),
  covers text[] NOT NULL CONSTRAINT mandate_covers_something_known CHECK (
    cardinality(covers) > 0 AND covers <@ ARRAY['NO_SHOW_FEE', 'LATE_CANCEL_FEE', 'HOLD', 'BALANCE']),
  revoked_at timestamptz,
  CONSTRAINT text_version_holds_no_card_number CHECK (holds_no_card_number(text_version)),
  CONSTRAINT language_holds_no_card_number CHECK (holds_no_card_number(language)),
  CONSTRAINT currency_holds_no_card_number CHECK (holds_no_card_number(currency))
);
-- One row for each use: what one was agreed at never pays for another.
CREATE UNIQUE INDEX one_live_mandate_per_booking_method_and_use ON mandate (booking_id, payment_method_id, covers)
  WHERE revoked_at IS NULL AND booking_id IS NOT NULL;
CREATE INDEX mandate_of_a_method ON mandate (payment_method_id);
CREATE INDEX mandate_of_a_client ON mandate (organization_id, client_id, accepted_at DESC);

CREATE FUNCTION guard_mandate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.revoked_at IS NOT NULL
     OR to_jsonb(NEW) - 'revoked_at' IS DISTINCT FROM to_jsonb(OLD) - 'revoked_at' THEN
    RAISE EXCEPTION 'what was agreed does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_agreed_does_not_change';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER only_revoked BEFORE UPDATE ON mandate FOR EACH ROW EXECUTE FUNCTION guard_mandate();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON mandate FOR EACH STATEMENT EXECUTE FUNCTION kept_refuse_change();

-- A visit to the processor's own page or form, until it has brought a card or come to nothing.
CREATE TABLE payment_method_collection (
  id uuid NOT NULL CONSTRAINT payment_method_collection_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT payment_method_collection_of_an_organization REFERENCES organization (id),
  client_id uuid NOT NULL,
  way text NOT NULL CONSTRAINT collection_way_is_known CHECK (way IN ('HOSTED_PAGE', 'CLIENT_SIDE')),
  status text NOT NULL CONSTRAINT collection_status_is_known CHECK (status IN ('OPEN', 'COMPLETED', 'CLOSED')),
  processor_reference bytea,
  replaces_method_id uuid CONSTRAINT collection_replaces_a_known_method REFERENCES payment_method (id) ON DELETE SET NULL,
  payment_method_id uuid CONSTRAINT collection_brought_a_known_method REFERENCES payment_method (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  next_look_at timestamptz NOT NULL,
  looks integer NOT NULL DEFAULT 0,
  CONSTRAINT way_holds_no_card_number CHECK (holds_no_card_number(way)),
  CONSTRAINT status_holds_no_card_number CHECK (holds_no_card_number(status))
);
CREATE INDEX collection_to_look_at ON payment_method_collection (organization_id, next_look_at) WHERE status = 'OPEN';
CREATE INDEX collection_of_a_client ON payment_method_collection (organization_id, client_id);

-- "Told once, thirty days before and seven" is this constraint, not a promise.
CREATE TABLE payment_method_notice (
  id uuid NOT NULL CONSTRAINT payment_method_notice_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT payment_method_notice_of_an_organization REFERENCES organization (id),
  payment_method_id uuid NOT NULL CONSTRAINT payment_method_notice_of_a_method
    REFERENCES payment_method (id) ON DELETE CASCADE,
  event text NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT one_notice_per_method_and_event UNIQUE (payment_method_id, event),
  CONSTRAINT event_holds_no_card_number CHECK (holds_no_card_number(event))
);
CREATE INDEX payment_method_by_expiry ON payment_method (organization_id, expiry_year, expiry_month) WHERE status = 'ACTIVE';

SELECT kept_tenant_wall(name::regclass)
FROM unnest(ARRAY['mandate', 'payment_method_collection', 'payment_method_notice']) AS name;
