-- Cards that are brought are judged as payments are; what identity may tell of a client; what reconciliation has booked of
-- payouts; and troubles that are not of the books.

-- What identity knows of an account and may tell: a word, and at most a country. Never the address or the number.
CREATE TABLE client_signal (
  organization_id uuid NOT NULL CONSTRAINT client_signal_of_an_organization REFERENCES organization (id),
  client_id uuid NOT NULL,
  code text NOT NULL CONSTRAINT signal_is_a_code CHECK (code ~ '^[A-Z][A-Z_]{1,59}$'),
  country text CONSTRAINT signal_country_is_two_letters CHECK (country ~ '^[A-Z]{2}$'),
  noted_at timestamptz NOT NULL,
  CONSTRAINT one_signal_per_client_and_code PRIMARY KEY (client_id, code),
  CONSTRAINT only_a_telephone_has_a_country CHECK ((code = 'PHONE_COUNTRY') = (country IS NOT NULL)),
  CONSTRAINT code_holds_no_card_number CHECK (holds_no_card_number(code)),
  CONSTRAINT country_holds_no_card_number CHECK (holds_no_card_number(country))
);
CREATE INDEX client_signal_by_time ON client_signal (organization_id, noted_at);
SELECT kept_tenant_wall('client_signal');

-- A visit to the card page is an attempt, too. It goes with its visit, which is forgotten sooner than payments are.
ALTER TABLE payment_assessment
  ADD COLUMN collection_id uuid CONSTRAINT payment_assessment_of_a_visit
    REFERENCES payment_method_collection (id) ON DELETE CASCADE;
CREATE UNIQUE INDEX one_assessment_per_visit ON payment_assessment (collection_id) WHERE collection_id IS NOT NULL;
CREATE INDEX payment_assessment_of_one_device ON payment_assessment (organization_id, device_id, assessed_at);

-- One visit can be used for many cards: how many of them a bank has refused.
ALTER TABLE payment_method_collection ADD COLUMN declines smallint NOT NULL DEFAULT 0
  CONSTRAINT declines_are_counted CHECK (declines >= 0);

ALTER TABLE payment_incident
  DROP CONSTRAINT payment_incident_kind_is_known,
  ADD CONSTRAINT payment_incident_kind_is_known CHECK (kind IN ('MISSING_LOCAL', 'MISSING_PROCESSOR', 'STATE', 'AMOUNT',
    'CURRENCY', 'ORPHAN_AUTHORIZATION', 'DUPLICATE_AUTHORIZATION', 'REFUND_OUTSIDE', 'INVARIANT', 'PAYOUT_FAILED',
    'ATTESTATION_ENDING', 'ATTESTATION_ENDED'));

-- Payouts are of the processor's account, not of one organization, so this stands outside the wall: that one is booked, by an
-- id that is made of the processor's own and says nothing.
CREATE TABLE booked_payout (
  cause_id uuid NOT NULL CONSTRAINT payout_is_booked_once PRIMARY KEY,
  booked_at timestamptz NOT NULL
);
