-- What a bank takes back until it has decided, what one person of the staff may not give back alone, and what not coming
-- or calling off late costs: never more than the holder of the card agreed to.

ALTER TABLE state_transition DISABLE TRIGGER only_migrations_add;
INSERT INTO state_transition (machine, source, target) VALUES
  ('dispute', 'INQUIRY', 'NEEDS_RESPONSE'),
  ('dispute', 'INQUIRY', 'CLOSED'),
  ('dispute', 'NEEDS_RESPONSE', 'UNDER_REVIEW'),
  ('dispute', 'NEEDS_RESPONSE', 'WON'),
  ('dispute', 'NEEDS_RESPONSE', 'LOST'),
  ('dispute', 'NEEDS_RESPONSE', 'CLOSED'),
  ('dispute', 'UNDER_REVIEW', 'WON'),
  ('dispute', 'UNDER_REVIEW', 'LOST'),
  ('dispute', 'UNDER_REVIEW', 'CLOSED');
ALTER TABLE state_transition ENABLE TRIGGER only_migrations_add;

CREATE TABLE dispute (
  id uuid NOT NULL CONSTRAINT dispute_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT dispute_of_an_organization REFERENCES organization (id),
  payment_id uuid NOT NULL CONSTRAINT dispute_of_a_payment REFERENCES payment (id) ON DELETE CASCADE,
  client_id uuid NOT NULL,
  processor_reference bytea NOT NULL,
  processor_reference_index bytea NOT NULL,
  status text NOT NULL,
  amount_minor bigint NOT NULL CONSTRAINT dispute_amount_is_positive CHECK (amount_minor > 0),
  currency char(3) NOT NULL CONSTRAINT dispute_currency_is_three_letters CHECK (currency ~ '^[A-Z]{3}$'),
  -- The bank's word for it, such as product_not_received.
  reason text NOT NULL,
  evidence_due_at timestamptz,
  -- When somebody sent our evidence, and who answers for it; when the processor had taken it. It can be sent once.
  evidence_sent_at timestamptz,
  evidence_sent_by uuid,
  evidence_taken_at timestamptz,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  CONSTRAINT one_dispute_per_processor_reference UNIQUE (organization_id, processor_reference_index),
  CONSTRAINT ended_dispute_says_when CHECK ((closed_at IS NOT NULL) = (status IN ('WON', 'LOST', 'CLOSED'))),
  CONSTRAINT sent_evidence_has_a_sender CHECK ((evidence_sent_at IS NULL) = (evidence_sent_by IS NULL))
);
CREATE INDEX dispute_evidence_on_its_way ON dispute (organization_id, evidence_sent_at)
  WHERE evidence_sent_at IS NOT NULL AND evidence_taken_at IS NULL;
CREATE INDEX dispute_of_payment ON dispute (payment_id, opened_at DESC);
CREATE INDEX dispute_by_time ON dispute (organization_id, opened_at DESC, id DESC);

CREATE FUNCTION guard_dispute() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- What was heard of late is written down from its beginning, step by step.
    IF NEW.status <> 'INQUIRY' THEN PERFORM refuse_unknown_start('dispute', NEW.status, 'NEEDS_RESPONSE'); END IF;
    RETURN NEW;
  END IF;
  PERFORM refuse_unknown_step('dispute', OLD.status, NEW.status);
  IF (NEW.organization_id, NEW.payment_id, NEW.client_id, NEW.amount_minor, NEW.currency)
     IS DISTINCT FROM (OLD.organization_id, OLD.payment_id, OLD.client_id, OLD.amount_minor, OLD.currency)
     OR (OLD.evidence_sent_at IS NOT NULL AND NEW.evidence_sent_at IS DISTINCT FROM OLD.evidence_sent_at)
  THEN
    RAISE EXCEPTION 'what was disputed and sent does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_agreed_does_not_change';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER takes_only_known_steps BEFORE INSERT OR UPDATE ON dispute FOR EACH ROW EXECUTE FUNCTION guard_dispute();

-- What one person asks to give back and another one decides about: the front desk asks billing, billing asks a colleague
-- above the organization's limit.
CREATE TABLE refund_request (
  id uuid NOT NULL CONSTRAINT refund_request_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT refund_request_of_an_organization REFERENCES organization (id),
  payment_id uuid NOT NULL CONSTRAINT refund_request_of_a_payment REFERENCES payment (id) ON DELETE CASCADE,
  amount_minor bigint NOT NULL CONSTRAINT refund_request_amount_is_positive CHECK (amount_minor > 0),
  reason text NOT NULL,
  status text NOT NULL CONSTRAINT refund_request_status_is_known CHECK (status IN ('WAITING', 'APPROVED', 'DECLINED', 'EXPIRED')),
  requested_by uuid NOT NULL,
  requested_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  decided_by uuid,
  decided_at timestamptz,
  refund_id uuid CONSTRAINT refund_request_led_to_a_refund REFERENCES refund (id) ON DELETE CASCADE,
  CONSTRAINT nobody_decides_about_their_own_request CHECK (decided_by <> requested_by),
  CONSTRAINT decided_request_says_who_and_when CHECK (
    (status IN ('APPROVED', 'DECLINED')) = (decided_by IS NOT NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  CONSTRAINT approved_request_names_its_refund CHECK ((status = 'APPROVED') = (refund_id IS NOT NULL))
);
CREATE UNIQUE INDEX one_waiting_request_per_payment ON refund_request (payment_id) WHERE status = 'WAITING';
CREATE INDEX refund_request_by_time ON refund_request (organization_id, requested_at DESC, id DESC);

-- Who agreed to a refund that another one asked for.
ALTER TABLE refund ADD COLUMN approved_by uuid
  CONSTRAINT nobody_approves_their_own_refund CHECK (approved_by <> requested_by);

CREATE FUNCTION refuse_large_refund_of_one() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  alone_at_most bigint := (SELECT second_approval_above_minor FROM payment_policy
    WHERE organization_id = NEW.organization_id ORDER BY version DESC LIMIT 1);
BEGIN
  IF NEW.approved_by IS NULL AND NEW.amount_minor > alone_at_most THEN
    RAISE EXCEPTION 'a refund of this size takes two people'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'large_refund_takes_two_people';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER large_refund_takes_two_people BEFORE INSERT ON refund FOR EACH ROW
  WHEN (NEW.cause = 'STAFF_DECISION') EXECUTE FUNCTION refuse_large_refund_of_one();

-- What not coming or calling off late costs, and what became of it.
CREATE TABLE fee (
  id uuid NOT NULL CONSTRAINT fee_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT fee_of_an_organization REFERENCES organization (id),
  booking_id uuid NOT NULL CONSTRAINT fee_of_a_known_booking REFERENCES booking_reference (booking_id) ON DELETE CASCADE,
  client_id uuid NOT NULL,
  purpose text NOT NULL CONSTRAINT fee_purpose_is_known CHECK (purpose IN ('NO_SHOW_FEE', 'LATE_CANCEL_FEE')),
  agreed_minor bigint NOT NULL CONSTRAINT fee_is_positive CHECK (agreed_minor > 0),
  currency char(3) NOT NULL CONSTRAINT fee_currency_is_three_letters CHECK (currency ~ '^[A-Z]{3}$'),
  -- Not before: whoever waits at the door, or whose clock is wrong, has this long to say so.
  due_at timestamptz NOT NULL,
  -- CHARGED: the payment says what came of it. COVERED: what was paid ahead is enough. NOT_AGREED: no card's holder agreed.
  state text NOT NULL CONSTRAINT fee_state_is_known
    CHECK (state IN ('WAITING', 'CHARGED', 'COVERED', 'NOT_AGREED', 'WAIVED')),
  payment_id uuid CONSTRAINT fee_charged_by_a_payment REFERENCES payment (id) ON DELETE CASCADE,
  waived_by uuid,
  waiver_reason text,
  created_at timestamptz NOT NULL,
  decided_at timestamptz,
  CONSTRAINT one_fee_per_booking_and_purpose UNIQUE (booking_id, purpose),
  CONSTRAINT charged_fee_names_its_payment CHECK (state <> 'CHARGED' OR payment_id IS NOT NULL),
  CONSTRAINT waived_fee_says_who_and_why CHECK (num_nonnulls(waived_by, waiver_reason) = CASE state WHEN 'WAIVED' THEN 2 ELSE 0 END)
);
CREATE INDEX fee_to_charge ON fee (organization_id, due_at) WHERE state = 'WAITING';

-- A fee takes what was agreed and no more, whatever the code above believes: the card's holder saw a text and a sum.
CREATE FUNCTION guard_fee_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  agreed mandate;
  taken bigint;
BEGIN
  -- Two fees under one mandate come one after the other.
  SELECT * INTO agreed FROM mandate WHERE id = NEW.mandate_id FOR UPDATE;
  SELECT coalesce(sum(amount_minor), 0) INTO taken FROM payment
  WHERE mandate_id = NEW.mandate_id AND booking_id = NEW.booking_id AND purpose IN ('NO_SHOW_FEE', 'LATE_CANCEL_FEE')
    AND status NOT IN ('FAILED', 'VOIDED', 'ABANDONED', 'AUTH_EXPIRED');
  IF agreed.id IS NULL OR agreed.revoked_at IS NOT NULL
     OR (agreed.organization_id, agreed.client_id, agreed.currency, agreed.payment_method_id)
        IS DISTINCT FROM (NEW.organization_id, NEW.client_id, NEW.currency, NEW.payment_method_id)
     OR (agreed.booking_id IS NOT NULL AND agreed.booking_id IS DISTINCT FROM NEW.booking_id)
     OR NOT NEW.purpose = ANY (agreed.covers)
     OR taken + NEW.amount_minor > agreed.max_amount_minor
  THEN
    RAISE EXCEPTION 'a fee takes no more than was agreed'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'fee_is_within_what_was_agreed';
  END IF;
  IF EXISTS (SELECT FROM fee WHERE booking_id = NEW.booking_id AND purpose = NEW.purpose AND state = 'WAIVED') THEN
    RAISE EXCEPTION 'a fee that was waived is not charged'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'waived_fee_is_not_charged';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER fee_is_within_what_was_agreed BEFORE INSERT ON payment FOR EACH ROW
  WHEN (NEW.purpose IN ('NO_SHOW_FEE', 'LATE_CANCEL_FEE')) EXECUTE FUNCTION guard_fee_payment();

-- What a bank is shown when a client disputes: what happened around the appointment, and when. Never a word about it.
CREATE TABLE booking_evidence (
  booking_id uuid NOT NULL CONSTRAINT evidence_of_a_known_booking REFERENCES booking_reference (booking_id) ON DELETE CASCADE,
  organization_id uuid NOT NULL CONSTRAINT evidence_of_an_organization REFERENCES organization (id),
  kind text NOT NULL CONSTRAINT evidence_kind_is_known CHECK (kind IN ('CONFIRMED', 'RESCHEDULED', 'CANCELLED', 'CANCELLED_LATE',
    'ATTENDED', 'NOT_ATTENDED', 'CONFIRMATION_SENT', 'REMINDER_SENT', 'CHANGE_SENT')),
  happened_at timestamptz NOT NULL,
  CONSTRAINT evidence_is_noted_once PRIMARY KEY (booking_id, kind, happened_at)
);

DO $$
DECLARE place record;
BEGIN
  FOR place IN
    SELECT c.relname AS table_name, a.attname AS column_name
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.atttypid IN ('text'::regtype, 'bpchar'::regtype)
      AND c.relname IN ('dispute', 'refund_request', 'fee', 'booking_evidence')
  LOOP
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (holds_no_card_number(%I))',
      place.table_name, place.column_name || '_holds_no_card_number', place.column_name);
  END LOOP;
END $$;
SELECT kept_tenant_wall(name::regclass) FROM unnest(ARRAY['dispute', 'refund_request', 'fee', 'booking_evidence']) AS name;
