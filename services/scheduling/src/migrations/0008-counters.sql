-- What is counted rather than kept apart: seats of a session, things of a pool, bookings of a period. Each count is a CHECK,
-- and each claim that can run out is purged in the statement or under the lock that counts next.

-- A group session: made by its first booking. Its allocation (owner_kind 'block') keeps provider and rooms; bookings take seats.
CREATE TABLE group_session (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  service_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  -- Who and what it takes, and from when to when, buffers included: to take it again after all of its seats ran out.
  resource_ids uuid[] NOT NULL,
  blocked_from timestamptz NOT NULL,
  blocked_until timestamptz NOT NULL,
  capacity integer NOT NULL CONSTRAINT session_has_one_to_500_seats CHECK (capacity BETWEEN 1 AND 500),
  seats_taken integer NOT NULL CONSTRAINT seats_taken_fit_the_capacity CHECK (seats_taken BETWEEN 0 AND capacity),
  CONSTRAINT session_ends_after_it_starts CHECK (ends_at > starts_at),
  CONSTRAINT session_blocks_its_own_time CHECK (blocked_from <= starts_at AND blocked_until >= ends_at),
  CONSTRAINT one_session_per_service_provider_and_start UNIQUE (service_id, provider_id, starts_at),
  CONSTRAINT session_belongs_to_one_organization UNIQUE (organization_id, id),
  CONSTRAINT session_of_our_service FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id),
  CONSTRAINT session_of_our_provider FOREIGN KEY (organization_id, provider_id) REFERENCES provider (organization_id, id)
);
CREATE INDEX session_by_service_and_start ON group_session (service_id, starts_at)
  INCLUDE (organization_id, provider_id, ends_at, capacity, seats_taken);
CREATE INDEX session_by_end ON group_session (ends_at);

-- Deferred keys, because seats, things and periods are claimed before the row of a new booking is written (lock order).
CREATE TABLE session_seat (
  booking_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  session_id uuid NOT NULL,
  seats integer NOT NULL CONSTRAINT claim_takes_one_to_500_seats CHECK (seats BETWEEN 1 AND 500),
  -- Null once the booking stands.
  expires_at timestamptz,
  -- False once it ran out and somebody else's claim took it out of the count: whoever confirms it late sees that it is lost.
  counted boolean NOT NULL,
  CONSTRAINT seat_of_our_session FOREIGN KEY (organization_id, session_id) REFERENCES group_session (organization_id, id),
  CONSTRAINT seat_of_our_booking FOREIGN KEY (organization_id, booking_id) REFERENCES booking (organization_id, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX seat_by_session ON session_seat (session_id) INCLUDE (organization_id, seats, expires_at, counted);

-- How many things of a pool are in use in each five minutes (quantum = epoch minutes / 5). Statement C1 of the measurements.
CREATE TABLE capacity_use (
  organization_id uuid NOT NULL,
  resource_id uuid NOT NULL,
  quantum integer NOT NULL,
  used integer NOT NULL,
  capacity integer NOT NULL,
  PRIMARY KEY (resource_id, quantum),
  CONSTRAINT used_fits_the_capacity CHECK (used BETWEEN 0 AND capacity),
  CONSTRAINT use_of_our_pool FOREIGN KEY (organization_id, resource_id) REFERENCES resource (organization_id, id)
);
CREATE TABLE capacity_claim (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  booking_id uuid NOT NULL,
  resource_id uuid NOT NULL,
  first_quantum integer NOT NULL,
  end_quantum integer NOT NULL,
  units integer NOT NULL CONSTRAINT claim_takes_something CHECK (units >= 1),
  expires_at timestamptz,
  counted boolean NOT NULL,
  -- A longest claim bounds what purging must look at, as with allocations.
  CONSTRAINT claim_lasts_at_most_two_days CHECK (end_quantum > first_quantum AND end_quantum - first_quantum <= 576),
  CONSTRAINT claim_on_our_pool FOREIGN KEY (organization_id, resource_id) REFERENCES resource (organization_id, id),
  CONSTRAINT claim_of_our_booking FOREIGN KEY (organization_id, booking_id) REFERENCES booking (organization_id, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX capacity_claim_by_booking ON capacity_claim (booking_id);
CREATE INDEX capacity_claim_that_can_expire ON capacity_claim (resource_id, first_quantum) WHERE (counted AND expires_at IS NOT NULL);

-- At most so many bookings a day, week or month: of a provider, of a service, of each client; all or those of one service.
CREATE TABLE booking_limit (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  scope text NOT NULL CONSTRAINT limit_is_of_provider_service_or_client CHECK (scope IN ('PROVIDER', 'SERVICE', 'CLIENT')),
  period text NOT NULL CONSTRAINT limit_is_per_day_week_or_month CHECK (period IN ('DAY', 'WEEK', 'MONTH')),
  bookings_max integer NOT NULL CONSTRAINT limit_lets_one_to_ten_thousand CHECK (bookings_max BETWEEN 1 AND 10000),
  provider_id uuid,
  service_id uuid,
  created_at timestamptz NOT NULL,
  CONSTRAINT limit_belongs_to_one_organization UNIQUE (organization_id, id),
  CONSTRAINT only_provider_limits_name_a_provider CHECK (provider_id IS NULL OR scope = 'PROVIDER'),
  CONSTRAINT service_limits_name_a_service CHECK (scope <> 'SERVICE' OR service_id IS NOT NULL),
  CONSTRAINT one_limit_of_a_kind UNIQUE NULLS NOT DISTINCT (organization_id, scope, period, provider_id, service_id),
  CONSTRAINT limited_provider_is_ours FOREIGN KEY (organization_id, provider_id) REFERENCES provider (organization_id, id),
  CONSTRAINT limited_service_is_ours FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id)
);
CREATE TABLE limit_use (
  organization_id uuid NOT NULL,
  limit_id uuid NOT NULL,
  -- The provider, the service or the client.
  subject_id uuid NOT NULL,
  -- The first local date of the period.
  period_start date NOT NULL,
  used integer NOT NULL,
  bookings_max integer NOT NULL,
  PRIMARY KEY (limit_id, subject_id, period_start),
  CONSTRAINT bookings_of_a_period_stay_within_their_limit CHECK (used BETWEEN 0 AND bookings_max),
  CONSTRAINT use_of_our_limit FOREIGN KEY (organization_id, limit_id) REFERENCES booking_limit (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX limit_use_by_period ON limit_use (period_start);
CREATE TABLE limit_claim (
  booking_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  limit_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  period_start date NOT NULL,
  expires_at timestamptz,
  counted boolean NOT NULL,
  PRIMARY KEY (booking_id, limit_id),
  CONSTRAINT claim_on_our_limit FOREIGN KEY (organization_id, limit_id) REFERENCES booking_limit (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT limit_claim_of_our_booking FOREIGN KEY (organization_id, booking_id) REFERENCES booking (organization_id, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX limit_claim_that_can_expire ON limit_claim (limit_id, subject_id, period_start)
  WHERE (counted AND expires_at IS NOT NULL);

SELECT kept_tenant_wall('group_session');
SELECT kept_tenant_wall('session_seat');
SELECT kept_tenant_wall('capacity_use');
SELECT kept_tenant_wall('capacity_claim');
SELECT kept_tenant_wall('booking_limit');
SELECT kept_tenant_wall('limit_use');
SELECT kept_tenant_wall('limit_claim');

-- What not coming or calling off late costs under the terms of the booking; payments charge it.
CREATE TABLE booking_fee (
  booking_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  no_show_fee_minor bigint CONSTRAINT no_show_fee_is_positive CHECK (no_show_fee_minor > 0),
  late_cancellation_fee_minor bigint CONSTRAINT late_cancellation_fee_is_positive CHECK (late_cancellation_fee_minor > 0),
  CONSTRAINT fee_of_our_booking FOREIGN KEY (organization_id, booking_id) REFERENCES booking (organization_id, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
SELECT kept_tenant_wall('booking_fee');
