-- How each attempt to pay, or to bring a card, was judged, by which edition of the rules, and what a person made of it. The
-- counters of the rules are these rows themselves: an attempt that is not known to have gone well counts.
CREATE TABLE payment_assessment (
  id uuid NOT NULL CONSTRAINT payment_assessment_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT payment_assessment_of_an_organization REFERENCES organization (id),
  client_id uuid NOT NULL,
  payment_method_id uuid CONSTRAINT payment_assessment_of_a_method REFERENCES payment_method (id) ON DELETE CASCADE
    DEFERRABLE INITIALLY DEFERRED,
  -- Null while a card is brought and nothing is paid.
  payment_id uuid CONSTRAINT payment_assessment_of_a_payment REFERENCES payment (id) ON DELETE CASCADE,
  amount_minor bigint CONSTRAINT assessed_amount_is_positive CHECK (amount_minor > 0),
  -- HMAC under a key of the organization, of the address (IPv4) or of the /64 (IPv6); never the address.
  network_hmac bytea,
  device_id uuid,
  rule_version smallint NOT NULL CONSTRAINT rule_version_is_counted_from_one CHECK (rule_version > 0),
  outcome text NOT NULL CONSTRAINT assessment_outcome_is_known CHECK (outcome IN ('ALLOW', 'REQUIRE_SCA', 'REVIEW', 'BLOCK')),
  reasons text[] NOT NULL CONSTRAINT reasons_are_words_of_ours CHECK (array_to_string(reasons, ' ') ~ '^[A-Z_ ]*$'),
  assessed_at timestamptz NOT NULL,
  -- What the processor itself makes of the card, once it was asked; its highest is looked at by a person, too.
  processor_risk text CONSTRAINT processor_risk_is_known CHECK (processor_risk IN ('normal', 'elevated', 'highest')),
  decision text CONSTRAINT review_decision_is_known CHECK (decision IN ('ACCEPT', 'REFUSE')),
  decision_reason text CONSTRAINT review_reason_is_known CHECK (decision_reason IN ('KNOWN_CLIENT', 'IDENTITY_CONFIRMED',
    'CARDHOLDER_AGREES', 'CARDHOLDER_DENIES', 'CLIENT_CANNOT_BE_REACHED', 'LOOKS_LIKE_FRAUD')),
  decided_by uuid,
  decided_at timestamptz,
  CONSTRAINT anything_but_allowed_has_a_reason CHECK (outcome = 'ALLOW' OR cardinality(reasons) > 0),
  CONSTRAINT only_a_review_is_decided_and_whole CHECK (num_nonnulls(decision, decision_reason, decided_by, decided_at) = 0
    OR ((outcome = 'REVIEW' OR processor_risk = 'highest') AND num_nonnulls(decision, decision_reason, decided_by, decided_at) = 4)),
  CONSTRAINT outcome_holds_no_card_number CHECK (holds_no_card_number(outcome)),
  CONSTRAINT processor_risk_holds_no_card_number CHECK (holds_no_card_number(processor_risk)),
  CONSTRAINT decision_holds_no_card_number CHECK (holds_no_card_number(decision)),
  CONSTRAINT decision_reason_holds_no_card_number CHECK (holds_no_card_number(decision_reason))
);
CREATE UNIQUE INDEX one_assessment_per_payment ON payment_assessment (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX payment_assessment_by_time ON payment_assessment (organization_id, assessed_at);
CREATE INDEX payment_assessment_of_one_client ON payment_assessment (organization_id, client_id, assessed_at);
CREATE INDEX payment_assessment_of_one_network ON payment_assessment (organization_id, network_hmac, assessed_at);
CREATE INDEX payment_assessment_of_one_method ON payment_assessment (payment_method_id, assessed_at);
CREATE INDEX payment_review_by_time ON payment_assessment (organization_id, assessed_at, id) WHERE outcome = 'REVIEW' OR processor_risk = 'highest';
CREATE INDEX payment_method_of_any_client ON payment_method (organization_id, fingerprint_index)
  WHERE fingerprint_index IS NOT NULL;

-- A judgement stands; the payment it is about is written right after it, and a person decides once.
CREATE FUNCTION guard_assessment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - ARRAY['payment_id', 'decision', 'decision_reason', 'decided_by', 'decided_at', 'network_hmac', 'device_id', 'processor_risk']
     IS DISTINCT FROM
     to_jsonb(OLD) - ARRAY['payment_id', 'decision', 'decision_reason', 'decided_by', 'decided_at', 'network_hmac', 'device_id', 'processor_risk']
     OR (OLD.processor_risk IS NOT NULL AND NEW.processor_risk IS DISTINCT FROM OLD.processor_risk)
     OR (OLD.payment_id IS NOT NULL AND NEW.payment_id IS DISTINCT FROM OLD.payment_id)
     OR (OLD.decision IS NOT NULL AND (NEW.decision, NEW.decision_reason, NEW.decided_by, NEW.decided_at)
         IS DISTINCT FROM (OLD.decision, OLD.decision_reason, OLD.decided_by, OLD.decided_at))
  THEN
    RAISE EXCEPTION 'a judgement does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_judged_does_not_change';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER judged_once BEFORE UPDATE ON payment_assessment FOR EACH ROW EXECUTE FUNCTION guard_assessment();
SELECT kept_tenant_wall('payment_assessment');
