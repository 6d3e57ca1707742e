-- What the organization may take and give back, and what became of it. References of the payment processor are
-- ciphertext (bytea); every text column is checked to hold no card number (0004).

CREATE TABLE processor_customer (
  id uuid NOT NULL CONSTRAINT processor_customer_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT processor_customer_of_an_organization REFERENCES organization (id),
  client_id uuid NOT NULL,
  processor_reference bytea,
  created_at timestamptz NOT NULL,
  CONSTRAINT one_processor_customer_per_client UNIQUE (organization_id, client_id)
);

CREATE TABLE payment_method (
  id uuid NOT NULL CONSTRAINT payment_method_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT payment_method_of_an_organization REFERENCES organization (id),
  client_id uuid NOT NULL,
  status text NOT NULL CONSTRAINT payment_method_status_is_known CHECK (status IN ('PENDING', 'ACTIVE', 'DELETED')),
  processor_reference bytea,
  -- HMAC of the processor's fingerprint under a key of the organization: a plain hash of few values can be tried out.
  fingerprint_index bytea,
  brand text,
  last4 char(4) CONSTRAINT last4_is_four_digits CHECK (last4 ~ '^[0-9]{4}$'),
  expiry_month smallint CONSTRAINT expiry_month_is_a_month CHECK (expiry_month BETWEEN 1 AND 12),
  expiry_year smallint CONSTRAINT expiry_year_has_four_digits CHECK (expiry_year BETWEEN 2000 AND 2199),
  funding text,
  issuer_country text,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  CONSTRAINT active_payment_method_is_described CHECK (
    status <> 'ACTIVE' OR num_nulls(brand, last4, expiry_month, expiry_year, processor_reference) = 0)
);
CREATE INDEX payment_method_of_a_client ON payment_method (organization_id, client_id, created_at DESC);

-- What payments knows of bookings: from the signed quote, then from scheduling's events.
CREATE TABLE booking_reference (
  booking_id uuid NOT NULL CONSTRAINT booking_is_referred_to_once PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT booking_reference_of_an_organization REFERENCES organization (id),
  client_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  outcome text NOT NULL CONSTRAINT booking_outcome_is_known
    CHECK (outcome IN ('HELD', 'CONFIRMED', 'REFUSED', 'CANCELLED', 'COMPLETED')),
  refund_percent smallint CONSTRAINT refund_percent_is_a_percentage CHECK (refund_percent BETWEEN 0 AND 100),
  booking_version integer NOT NULL DEFAULT 0,
  has_payment boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  CONSTRAINT cancelled_booking_has_a_refund_percent CHECK (outcome <> 'CANCELLED' OR refund_percent IS NOT NULL)
);

CREATE TABLE payment (
  id uuid NOT NULL CONSTRAINT payment_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT payment_of_an_organization REFERENCES organization (id),
  booking_id uuid NOT NULL CONSTRAINT payment_of_a_known_booking
    REFERENCES booking_reference (booking_id) ON DELETE CASCADE,
  client_id uuid NOT NULL,
  hold_id uuid NOT NULL,
  payment_method_id uuid CONSTRAINT payment_with_a_known_method REFERENCES payment_method (id) ON DELETE SET NULL,
  purpose text NOT NULL CONSTRAINT payment_purpose_is_known CHECK (purpose IN ('DEPOSIT')),
  status text NOT NULL,
  amount_minor bigint NOT NULL CONSTRAINT payment_amount_is_positive CHECK (amount_minor > 0),
  currency char(3) NOT NULL CONSTRAINT payment_currency_is_three_letters CHECK (currency ~ '^[A-Z]{3}$'),
  exponent smallint NOT NULL CONSTRAINT payment_exponent_is_small CHECK (exponent BETWEEN 0 AND 4),
  authorized_minor bigint NOT NULL DEFAULT 0,
  captured_minor bigint NOT NULL DEFAULT 0,
  refunded_minor bigint NOT NULL DEFAULT 0,
  refund_pending_minor bigint NOT NULL DEFAULT 0,
  disputed_minor bigint NOT NULL DEFAULT 0,
  processor_reference bytea,
  processor_reference_index bytea,
  failure_reason text,
  quote_expires_at timestamptz NOT NULL,
  authorization_expires_at timestamptz,
  -- When to look whether the booking asks something of the money; null when it is known to ask nothing.
  settle_due_at timestamptz,
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 0,
  CONSTRAINT no_amount_is_negative CHECK (
    least(authorized_minor, captured_minor, refunded_minor, refund_pending_minor, disputed_minor) >= 0),
  CONSTRAINT authorized_at_most_agreed CHECK (authorized_minor <= amount_minor),
  CONSTRAINT captured_at_most_authorized CHECK (captured_minor <= authorized_minor),
  CONSTRAINT refunds_at_most_captured CHECK (refunded_minor + refund_pending_minor <= captured_minor),
  CONSTRAINT one_payment_per_processor_reference UNIQUE (organization_id, processor_reference_index)
);
-- At most one live authorization per purpose of a booking, whatever the code above believes.
CREATE UNIQUE INDEX one_live_payment_per_booking_and_purpose ON payment (booking_id, purpose)
  WHERE status NOT IN ('FAILED', 'VOIDED', 'ABANDONED', 'AUTH_EXPIRED');
CREATE INDEX payment_of_a_booking ON payment (booking_id, created_at DESC);
CREATE INDEX payment_to_settle ON payment (organization_id, settle_due_at) WHERE settle_due_at IS NOT NULL;

CREATE TABLE refund (
  id uuid NOT NULL CONSTRAINT refund_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT refund_of_an_organization REFERENCES organization (id),
  payment_id uuid NOT NULL CONSTRAINT refund_of_a_payment REFERENCES payment (id) ON DELETE CASCADE,
  client_id uuid NOT NULL,
  amount_minor bigint NOT NULL CONSTRAINT refund_amount_is_positive CHECK (amount_minor > 0),
  cause text NOT NULL CONSTRAINT refund_cause_is_known
    CHECK (cause IN ('BOOKING_CANCELLED', 'BOOKING_REFUSED', 'STAFF_DECISION')),
  reason text,
  requested_by uuid,
  status text NOT NULL,
  processor_reference bytea,
  created_at timestamptz NOT NULL,
  CONSTRAINT staff_refund_has_a_reason CHECK (
    (cause = 'STAFF_DECISION') = (reason IS NOT NULL AND requested_by IS NOT NULL))
);
CREATE INDEX refund_of_payment ON refund (payment_id, created_at DESC);
-- An event that is delivered twice, or a settlement that runs twice, gives back once.
CREATE UNIQUE INDEX one_refund_per_payment_and_event ON refund (payment_id, cause) WHERE cause <> 'STAFF_DECISION';

-- One row per intent that is sent to the processor, written before the call: `op_<id>` is its idempotency key there.
CREATE TABLE payment_op (
  id uuid NOT NULL CONSTRAINT payment_op_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT payment_op_of_an_organization REFERENCES organization (id),
  payment_id uuid NOT NULL CONSTRAINT payment_op_of_a_payment REFERENCES payment (id) ON DELETE CASCADE,
  refund_id uuid CONSTRAINT payment_op_of_a_refund REFERENCES refund (id) ON DELETE CASCADE,
  kind text NOT NULL CONSTRAINT payment_op_kind_is_known CHECK (kind IN ('AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND')),
  attempt integer NOT NULL,
  amount_minor bigint NOT NULL CONSTRAINT payment_op_amount_is_positive CHECK (amount_minor > 0),
  state text NOT NULL,
  -- Null until the process that wrote the row is about to call; how old the processor's idempotency key is.
  first_sent_at timestamptz,
  next_check_at timestamptz NOT NULL,
  checks integer NOT NULL DEFAULT 0,
  processor_code text,
  created_at timestamptz NOT NULL,
  CONSTRAINT refund_op_names_its_refund CHECK ((kind = 'REFUND') = (refund_id IS NOT NULL)),
  CONSTRAINT one_op_per_attempt UNIQUE (payment_id, kind, attempt)
);
CREATE UNIQUE INDEX one_open_op_per_payment ON payment_op (payment_id) WHERE state IN ('REQUESTED', 'UNKNOWN');
CREATE INDEX payment_op_to_check ON payment_op (organization_id, next_check_at) WHERE state IN ('REQUESTED', 'UNKNOWN');

-- "Exactly one message per money event" is this constraint, not a promise.
CREATE TABLE money_notice (
  id uuid NOT NULL CONSTRAINT money_notice_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT money_notice_of_an_organization REFERENCES organization (id),
  payment_id uuid NOT NULL CONSTRAINT money_notice_of_a_payment REFERENCES payment (id) ON DELETE CASCADE,
  cause_id uuid NOT NULL,
  event text NOT NULL,
  channel text NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT one_notice_per_money_event_and_channel UNIQUE (cause_id, event, channel)
);

SELECT kept_tenant_wall(name::regclass) FROM unnest(ARRAY['processor_customer', 'payment_method', 'booking_reference',
  'payment', 'refund', 'payment_op', 'money_notice']) AS name;
