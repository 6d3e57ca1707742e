-- What one person may give back alone was asked of each refund by itself, under the rules of that moment. So a large sum went
-- back in parts; and whoever also decides the rules lifted the limit, gave back, and set it again. Now all that was given back
-- alone of a payment counts together, and whoever has changed the rules is bound for a week by those that stood before.
CREATE FUNCTION alone_at_most(business uuid, person uuid, at timestamptz) RETURNS bigint LANGUAGE sql STABLE
  RETURN (SELECT min(policy.second_approval_above_minor) FROM payment_policy policy
    WHERE policy.organization_id = business AND (
      policy.version = (SELECT max(version) FROM payment_policy WHERE organization_id = business)
      OR EXISTS (SELECT FROM payment_policy next WHERE next.organization_id = business AND next.version = policy.version + 1
        AND next.decided_by = person AND next.decided_at > at - interval '7 days')));

CREATE FUNCTION takes_two_people(paid payment, amount bigint, person uuid, at timestamptz) RETURNS boolean LANGUAGE sql STABLE
  RETURN coalesce(amount + (SELECT coalesce(sum(amount_minor), 0) FROM refund
    WHERE payment_id = (paid).id AND cause = 'STAFF_DECISION' AND approved_by IS NULL AND status NOT IN ('FAILED', 'CANCELED'))
    > alone_at_most((paid).organization_id, person, at), false);

CREATE OR REPLACE FUNCTION refuse_large_refund_of_one() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  paid payment;
BEGIN
  -- Two refunds of one payment are counted one after the other.
  SELECT * INTO paid FROM payment WHERE id = NEW.payment_id FOR UPDATE;
  IF NEW.approved_by IS NULL AND takes_two_people(paid, NEW.amount_minor, NEW.requested_by, NEW.created_at) THEN
    RAISE EXCEPTION 'a refund of this size takes two people'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'large_refund_takes_two_people';
  END IF;
  RETURN NEW;
END $$;

-- How often a payment that waits for its payer was confirmed anew: each is a question to a bank, and cards can be tried out by it.
ALTER TABLE payment ADD COLUMN confirmations smallint NOT NULL DEFAULT 0;
ALTER TABLE payment ADD CONSTRAINT confirmations_are_few CHECK (confirmations BETWEEN 0 AND 5) NOT VALID;
ALTER TABLE payment VALIDATE CONSTRAINT confirmations_are_few;

-- What staff gave back as a courtesy, or for what was not as agreed: it is not owed once more.
ALTER TABLE payment ADD COLUMN forgiven_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE payment ADD CONSTRAINT forgiven_at_most_given_back
  CHECK (forgiven_minor BETWEEN 0 AND greatest(refunded_minor + refund_pending_minor, 0)) NOT VALID;
ALTER TABLE payment VALIDATE CONSTRAINT forgiven_at_most_given_back;
