-- Passes that are bought: what payments knows of each, from its quote and then from scheduling. The money follows from this
-- (decision 0043).
CREATE TABLE bought_pass (
  purchase_id uuid CONSTRAINT pass_is_referred_to_once PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT pass_of_an_organization REFERENCES organization (id),
  -- Who pays; whose pass it is, scheduling knows.
  client_id uuid NOT NULL,
  outcome text NOT NULL CONSTRAINT outcome_of_a_pass_is_known CHECK (outcome IN ('OFFERED', 'GRANTED', 'REFUSED', 'RETURNED')),
  -- Its last instant: what was paid for it is earned then.
  valid_until timestamptz,
  -- The refund for which it was taken back.
  returned_for uuid,
  created_at timestamptz NOT NULL,
  CONSTRAINT a_granted_pass_ends CHECK (outcome <> 'GRANTED' OR valid_until IS NOT NULL),
  CONSTRAINT a_pass_is_returned_for_a_refund CHECK ((outcome = 'RETURNED') = (returned_for IS NOT NULL)),
  CONSTRAINT outcome_holds_no_card_number CHECK (holds_no_card_number(outcome))
);
CREATE INDEX bought_pass_by_age ON bought_pass (created_at);
SELECT kept_tenant_wall('bought_pass');

ALTER TABLE refund
  DROP CONSTRAINT refund_cause_is_known,
  ADD CONSTRAINT refund_cause_is_known
    CHECK (cause IN ('BOOKING_CANCELLED', 'BOOKING_REFUSED', 'PRICE_LOWERED', 'STAFF_DECISION', 'PASS_REFUSED')) NOT VALID;
ALTER TABLE refund VALIDATE CONSTRAINT refund_cause_is_known;
CREATE UNIQUE INDEX one_refund_per_refused_pass ON refund (payment_id) WHERE cause = 'PASS_REFUSED';

-- The money for a pass and the pass: never both. Nothing is sent that leaves nothing of its price while it can be used.
CREATE FUNCTION refuse_money_back_for_a_good_pass() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  paid payment%ROWTYPE;
BEGIN
  SELECT * INTO paid FROM payment WHERE id = NEW.payment_id;
  IF paid.purpose = 'PASS' AND paid.refunded_minor + paid.refund_pending_minor >= paid.captured_minor AND NOT EXISTS (
    SELECT FROM bought_pass WHERE purchase_id = paid.pass_grant_id AND outcome IN ('REFUSED', 'RETURNED'))
  THEN
    RAISE EXCEPTION 'the pass is still good'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'no_money_back_for_a_good_pass', TABLE = 'payment_op';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER no_money_back_for_a_good_pass BEFORE INSERT ON payment_op FOR EACH ROW
  WHEN (NEW.kind = 'REFUND') EXECUTE FUNCTION refuse_money_back_for_a_good_pass();
