-- What money is for, when it is to be reserved and until when its payer is waited for; what the organization has decided
-- about that; what payments knows of the appointment behind it.
ALTER TABLE payment
  DROP CONSTRAINT payment_purpose_is_known,
  ADD CONSTRAINT payment_purpose_is_known CHECK (
    purpose IN ('DEPOSIT', 'HOLD', 'BALANCE', 'NO_SHOW_FEE', 'LATE_CANCEL_FEE', 'PASS')) NOT VALID,
  ALTER COLUMN hold_id DROP NOT NULL,
  ALTER COLUMN booking_id DROP NOT NULL,
  ADD COLUMN pass_grant_id uuid,
  -- Agreed now, reserved later without the cardholder: from when on. Moves with the appointment.
  ADD COLUMN authorize_at timestamptz,
  -- Until when the cardholder can still do something about it; then the organization's policy decides.
  ADD COLUMN action_due_at timestamptz,
  -- Nobody did anything in time, and scheduling was told so.
  ADD COLUMN unpaid_at timestamptz,
  -- Which consent allows a charge while the cardholder is away. No reference: consents and payments are each kept as long
  -- as the law says, and forgotten one by one.
  ADD COLUMN mandate_id uuid,
  ADD COLUMN off_session boolean NOT NULL DEFAULT false,
  ADD COLUMN tip_minor bigint NOT NULL DEFAULT 0,
  ADD COLUMN tax_minor bigint NOT NULL DEFAULT 0,
  ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0,
  -- How often the sweep came to it without an end: it comes back later each time, and lets others go first.
  ADD COLUMN settle_attempts integer NOT NULL DEFAULT 0;
ALTER TABLE payment VALIDATE CONSTRAINT payment_purpose_is_known;
ALTER TABLE payment
  ADD CONSTRAINT payment_is_for_a_booking_or_a_pass CHECK (
    (purpose = 'PASS') = (booking_id IS NULL) AND (purpose = 'PASS') = (pass_grant_id IS NOT NULL)) NOT VALID,
  ADD CONSTRAINT only_deposit_and_hold_come_with_a_slot CHECK (
    (purpose IN ('DEPOSIT', 'HOLD')) = (hold_id IS NOT NULL)) NOT VALID,
  ADD CONSTRAINT nobody_away_is_charged_without_consent CHECK (
    mandate_id IS NOT NULL OR NOT off_session AND authorize_at IS NULL) NOT VALID,
  ADD CONSTRAINT parts_of_a_payment_are_not_negative CHECK (least(tip_minor, tax_minor, discount_minor) >= 0) NOT VALID;
ALTER TABLE payment VALIDATE CONSTRAINT payment_is_for_a_booking_or_a_pass;
ALTER TABLE payment VALIDATE CONSTRAINT only_deposit_and_hold_come_with_a_slot;
ALTER TABLE payment VALIDATE CONSTRAINT nobody_away_is_charged_without_consent;
ALTER TABLE payment VALIDATE CONSTRAINT parts_of_a_payment_are_not_negative;

-- What is left of a price can be asked for again once some of it was paid: only one at a time.
DROP INDEX one_live_payment_per_booking_and_purpose;
CREATE UNIQUE INDEX one_live_payment_per_booking_and_purpose ON payment (booking_id, purpose)
  WHERE status NOT IN ('FAILED', 'VOIDED', 'ABANDONED', 'AUTH_EXPIRED') AND NOT (purpose = 'BALANCE' AND status = 'CAPTURED');
CREATE UNIQUE INDEX one_live_payment_per_pass ON payment (pass_grant_id)
  WHERE status NOT IN ('FAILED', 'VOIDED', 'ABANDONED', 'AUTH_EXPIRED') AND pass_grant_id IS NOT NULL;
-- What was never tried goes before what was tried in vain, however much of that there is.
DROP INDEX payment_to_settle;
CREATE INDEX payment_to_settle ON payment (organization_id, settle_attempts, settle_due_at) WHERE settle_due_at IS NOT NULL;
CREATE INDEX payment_under_a_mandate ON payment (mandate_id) WHERE mandate_id IS NOT NULL;

ALTER TABLE booking_reference
  ADD COLUMN starts_at timestamptz,
  ADD COLUMN ends_at timestamptz,
  ADD COLUMN time_zone text CONSTRAINT time_zone_holds_no_card_number CHECK (holds_no_card_number(time_zone)),
  ADD COLUMN price_minor bigint CONSTRAINT price_is_not_negative CHECK (price_minor >= 0),
  ADD COLUMN currency char(3) CONSTRAINT currency_holds_no_card_number CHECK (holds_no_card_number(currency)),
  ADD COLUMN no_show_fee_minor bigint CONSTRAINT no_show_fee_is_not_negative CHECK (no_show_fee_minor >= 0),
  ADD COLUMN late_cancellation_fee_minor bigint
    CONSTRAINT late_cancellation_fee_is_not_negative CHECK (late_cancellation_fee_minor >= 0),
  ADD COLUMN attended boolean,
  ADD COLUMN cancelled_late boolean,
  -- What scheduling's rules ask for the cancellation, beyond what is kept of the deposit.
  ADD COLUMN cancellation_fee_minor bigint
    CONSTRAINT cancellation_fee_is_not_negative CHECK (cancellation_fee_minor >= 0);

-- A booking whose price falls gives back each time; how much is counted over all its payments under one lock.
ALTER TABLE refund
  DROP CONSTRAINT refund_cause_is_known,
  ADD CONSTRAINT refund_cause_is_known
    CHECK (cause IN ('BOOKING_CANCELLED', 'BOOKING_REFUSED', 'PRICE_LOWERED', 'STAFF_DECISION')) NOT VALID;
ALTER TABLE refund VALIDATE CONSTRAINT refund_cause_is_known;
DROP INDEX one_refund_per_payment_and_event;
CREATE UNIQUE INDEX one_refund_per_payment_and_event ON refund (payment_id, cause)
  WHERE cause IN ('BOOKING_CANCELLED', 'BOOKING_REFUSED');

-- Every decision stays: what happened to a payment is judged by the version that stood then.
CREATE TABLE payment_policy (
  organization_id uuid NOT NULL CONSTRAINT payment_policy_of_an_organization REFERENCES organization (id),
  version integer NOT NULL CONSTRAINT payment_policy_versions_count_from_one CHECK (version > 0),
  capture text NOT NULL CONSTRAINT capture_time_is_known CHECK (capture IN ('AT_CONFIRMATION', 'AT_APPOINTMENT')),
  far_ahead text NOT NULL CONSTRAINT far_ahead_is_known CHECK (far_ahead IN ('DEPOSIT_NOW', 'SET_UP')),
  on_unpaid text NOT NULL CONSTRAINT on_unpaid_is_known CHECK (on_unpaid IN ('RELEASE', 'KEEP')),
  front_desk_refund_max_minor bigint
    CONSTRAINT front_desk_refund_max_is_not_negative CHECK (front_desk_refund_max_minor >= 0),
  second_approval_above_minor bigint
    CONSTRAINT second_approval_above_is_not_negative CHECK (second_approval_above_minor >= 0),
  grace_minutes integer NOT NULL CONSTRAINT grace_is_at_most_a_week CHECK (grace_minutes BETWEEN 0 AND 10080),
  tax_basis_points integer NOT NULL CONSTRAINT tax_is_at_most_the_price CHECK (tax_basis_points BETWEEN 0 AND 10000),
  prices_include_tax boolean NOT NULL,
  decided_by uuid NOT NULL,
  decided_at timestamptz NOT NULL,
  CONSTRAINT one_payment_policy_per_version PRIMARY KEY (organization_id, version),
  CONSTRAINT capture_holds_no_card_number CHECK (holds_no_card_number(capture)),
  CONSTRAINT far_ahead_holds_no_card_number CHECK (holds_no_card_number(far_ahead)),
  CONSTRAINT on_unpaid_holds_no_card_number CHECK (holds_no_card_number(on_unpaid))
);
SELECT kept_append_only('payment_policy'), kept_tenant_wall('payment_policy');

ALTER TABLE state_transition DISABLE TRIGGER only_migrations_add;
INSERT INTO state_transition (machine, source, target) VALUES
  -- It was never sent, and nobody wants it any more.
  ('payment', 'CREATED', 'ABANDONED');
ALTER TABLE state_transition ENABLE TRIGGER only_migrations_add;

CREATE OR REPLACE FUNCTION guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM refuse_unknown_start('payment', NEW.status, 'CREATED');
    RETURN NEW;
  END IF;
  PERFORM refuse_unknown_step('payment', OLD.status, NEW.status);
  IF (NEW.organization_id, NEW.booking_id, NEW.client_id, NEW.hold_id, NEW.purpose, NEW.amount_minor, NEW.currency,
      NEW.exponent, NEW.pass_grant_id, NEW.mandate_id, NEW.off_session)
     IS DISTINCT FROM
     (OLD.organization_id, OLD.booking_id, OLD.client_id, OLD.hold_id, OLD.purpose, OLD.amount_minor, OLD.currency,
      OLD.exponent, OLD.pass_grant_id, OLD.mandate_id, OLD.off_session)
  THEN
    RAISE EXCEPTION 'what was agreed does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_agreed_does_not_change';
  END IF;
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;

-- Whoever is away is only charged for what they agreed to, and never for more in all. The consent is locked, so that two
-- charges at once are counted one after the other. Fees have a rule of their own (0007).
CREATE FUNCTION refuse_charge_beyond_consent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  agreed mandate%ROWTYPE;
  asked_before bigint;
BEGIN
  SELECT * INTO agreed FROM mandate WHERE id = NEW.mandate_id FOR UPDATE;
  SELECT coalesce(sum(CASE WHEN status = 'CAPTURED' THEN captured_minor ELSE amount_minor END), 0) INTO asked_before
  FROM payment WHERE mandate_id = NEW.mandate_id AND status NOT IN ('FAILED', 'VOIDED', 'ABANDONED', 'AUTH_EXPIRED');
  IF agreed.id IS NULL OR agreed.revoked_at IS NOT NULL OR NOT NEW.purpose = ANY (agreed.covers)
     OR (agreed.organization_id, agreed.client_id, agreed.currency)
        IS DISTINCT FROM (NEW.organization_id, NEW.client_id, NEW.currency)
     OR agreed.booking_id <> NEW.booking_id
     OR agreed.payment_method_id IS DISTINCT FROM NEW.payment_method_id
     OR asked_before + NEW.amount_minor > agreed.max_amount_minor
  THEN
    RAISE EXCEPTION 'the client did not agree to this charge'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'charge_is_within_what_was_agreed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER charge_is_within_what_was_agreed BEFORE INSERT ON payment FOR EACH ROW
  WHEN (NEW.mandate_id IS NOT NULL AND NEW.purpose NOT IN ('NO_SHOW_FEE', 'LATE_CANCEL_FEE'))
  EXECUTE FUNCTION refuse_charge_beyond_consent();
