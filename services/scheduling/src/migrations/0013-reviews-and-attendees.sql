-- Bookings that a rule found odd, and the people a booking is for.

-- What identity knows of an account and may tell: a code, never the address it is about.
CREATE TABLE client_signal (
  organization_id uuid NOT NULL REFERENCES organization (id),
  client_id uuid NOT NULL,
  code text NOT NULL CONSTRAINT signal_is_a_code CHECK (code ~ '^[A-Z][A-Z_]{1,59}$'),
  noted_at timestamptz NOT NULL,
  CONSTRAINT one_signal_per_client_and_code PRIMARY KEY (client_id, code)
);

CREATE TABLE review_policy (
  organization_id uuid PRIMARY KEY REFERENCES organization (id),
  decide_within_minutes integer NOT NULL
    CONSTRAINT reviews_wait_minutes_to_a_week CHECK (decide_within_minutes BETWEEN 5 AND 10080),
  -- Nothing here says "deny": a machine declines nobody (GDPR article 22).
  when_overdue text NOT NULL CONSTRAINT overdue_reviews_release_or_approve CHECK (when_overdue IN ('RELEASE', 'APPROVE')),
  version integer NOT NULL CONSTRAINT review_policy_counts_from_one CHECK (version >= 1),
  updated_at timestamptz NOT NULL
);

CREATE TABLE booking_review (
  booking_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  rules_version integer NOT NULL,
  score integer NOT NULL CONSTRAINT score_is_of_a_hundred CHECK (score BETWEEN 0 AND 100),
  reasons text[] NOT NULL CONSTRAINT a_review_has_a_reason CHECK (cardinality(reasons) BETWEEN 1 AND 20),
  state text NOT NULL CONSTRAINT review_state_is_known CHECK (
    state IN ('OPEN', 'APPROVED', 'DENIED', 'RELEASED', 'APPROVED_OVERDUE', 'WITHDRAWN')),
  opened_at timestamptz NOT NULL,
  decide_by timestamptz NOT NULL,
  closed_at timestamptz,
  decision_id uuid,
  CONSTRAINT closed_reviews_say_when CHECK ((state = 'OPEN') = (closed_at IS NULL)),
  CONSTRAINT people_approve_and_deny CHECK ((state IN ('APPROVED', 'DENIED')) = (decision_id IS NOT NULL)),
  CONSTRAINT review_is_about_our_booking FOREIGN KEY (organization_id, booking_id)
    REFERENCES booking (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX open_review_by_deadline ON booking_review (organization_id, decide_by, booking_id) WHERE (state = 'OPEN');

-- For whom a client books besides themselves. The name goes when the person is taken off the list; the row stays a year to
-- count how many came and went.
CREATE TABLE dependent (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  client_id uuid NOT NULL,
  relation text NOT NULL CONSTRAINT relation_is_known CHECK (relation IN ('CHILD', 'PARTNER', 'PARENT', 'OTHER')),
  name bytea,
  birth_year bytea,
  added_at timestamptz NOT NULL,
  removed_at timestamptz,
  CONSTRAINT listed_dependents_have_a_name CHECK ((removed_at IS NULL) = (name IS NOT NULL)),
  CONSTRAINT dependent_is_of_one_client UNIQUE (organization_id, client_id, id)
);
CREATE INDEX dependent_by_client ON dependent (client_id, added_at);

CREATE TABLE attendee (
  booking_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  position smallint NOT NULL CONSTRAINT a_booking_has_twenty_attendees_at_most CHECK (position BETWEEN 1 AND 20),
  client_id uuid NOT NULL,
  dependent_id uuid,
  name bytea NOT NULL,
  phone bytea,
  name_index bytea NOT NULL CONSTRAINT name_index_has_128_bits CHECK (octet_length(name_index) = 16),
  phone_index bytea CONSTRAINT phone_index_has_128_bits CHECK (octet_length(phone_index) = 16),
  -- Whoever of the staff wrote it down; null when the client did.
  added_by_staff uuid,
  added_at timestamptz NOT NULL,
  PRIMARY KEY (booking_id, position),
  CONSTRAINT attendee_of_our_booking FOREIGN KEY (organization_id, booking_id)
    REFERENCES booking (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT attendee_is_a_dependent_of_the_client FOREIGN KEY (organization_id, client_id, dependent_id)
    REFERENCES dependent (organization_id, client_id, id) ON DELETE SET NULL (dependent_id)
);
CREATE INDEX attendee_by_dependent ON attendee (organization_id, client_id, dependent_id) WHERE (dependent_id IS NOT NULL);
CREATE INDEX attendee_by_client ON attendee (client_id, added_at) INCLUDE (organization_id, name_index, phone_index);

SELECT kept_tenant_wall('client_signal');
SELECT kept_tenant_wall('review_policy');
SELECT kept_tenant_wall('booking_review');
SELECT kept_tenant_wall('dependent');
SELECT kept_tenant_wall('attendee');

-- A review is over with the booking's wait for it, by whichever way that ends: decided by a person, released, approved because
-- nobody looked, or called off by the client. Here, so that no use case can forget it.
CREATE FUNCTION end_review_with_its_wait() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE decided record;
BEGIN
  SELECT d.id, d.outcome, d.decided_at INTO decided FROM booking_decision d
    WHERE d.booking_id = NEW.id AND d.stage = 'REVIEW' ORDER BY d.decided_at DESC LIMIT 1;
  UPDATE booking_review SET
    state = CASE WHEN NEW.status = 'DECLINED' THEN 'DENIED'
      WHEN NEW.status IN ('CONFIRMED', 'PENDING_APPROVAL') AND decided.outcome = 'APPROVED' THEN 'APPROVED'
      WHEN NEW.status IN ('CONFIRMED', 'PENDING_APPROVAL') THEN 'APPROVED_OVERDUE'
      WHEN NEW.status = 'EXPIRED' THEN 'RELEASED' ELSE 'WITHDRAWN' END,
    closed_at = COALESCE(decided.decided_at, now()),
    decision_id = CASE WHEN NEW.status IN ('DECLINED', 'CONFIRMED', 'PENDING_APPROVAL') THEN decided.id END
  WHERE booking_id = NEW.id AND state = 'OPEN';
  RETURN NULL;
END $$;
CREATE TRIGGER end_review_with_its_wait AFTER UPDATE OF status ON booking FOR EACH ROW
  WHEN (OLD.status = 'PENDING_REVIEW' AND NEW.status <> 'PENDING_REVIEW') EXECUTE FUNCTION end_review_with_its_wait();
