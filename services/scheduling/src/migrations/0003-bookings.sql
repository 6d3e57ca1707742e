-- An appointment. The terms it was made under are its own: a service changed later changes no promise.
CREATE TABLE booking (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  client_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  service_id uuid NOT NULL,
  status text NOT NULL CONSTRAINT booking_status_is_known CHECK (status IN (
    'PENDING_PAYMENT', 'PENDING_CONFIRMATION', 'CONFIRMED', 'CANCELLED', 'COMPLETED', 'NO_SHOW', 'EXPIRED')),
  version integer NOT NULL CONSTRAINT version_counts_from_one CHECK (version >= 1),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  time_zone text NOT NULL,
  held_until timestamptz NOT NULL,
  buffer_before_minutes integer NOT NULL CHECK (buffer_before_minutes >= 0),
  buffer_after_minutes integer NOT NULL CHECK (buffer_after_minutes >= 0),
  cancellation_window_minutes integer NOT NULL CHECK (cancellation_window_minutes >= 0),
  reschedule_window_minutes integer NOT NULL CHECK (reschedule_window_minutes >= 0),
  reschedules_max integer NOT NULL,
  reschedule_count integer NOT NULL,
  price_minor bigint NOT NULL,
  deposit_minor bigint,
  currency text NOT NULL,
  cancelled_by text CONSTRAINT cancelled_by_is_known CHECK (cancelled_by IN ('CLIENT', 'STAFF')),
  cancellation_reason bytea,
  notes bytea,
  created_at timestamptz NOT NULL,
  CONSTRAINT booking_belongs_to_one_organization UNIQUE (organization_id, id),
  CONSTRAINT booking_ends_after_it_starts CHECK (ends_at > starts_at),
  CONSTRAINT reschedules_stay_within_their_limit CHECK (reschedule_count BETWEEN 0 AND reschedules_max),
  CONSTRAINT cancelled_bookings_say_by_whom CHECK ((status = 'CANCELLED') = (cancelled_by IS NOT NULL)),
  CONSTRAINT booked_provider_is_ours FOREIGN KEY (organization_id, provider_id) REFERENCES provider (organization_id, id),
  CONSTRAINT booked_service_is_ours FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id)
);
-- Every list is read by one of these alone, in order, a page at a time; the tenant wall needs organization_id in each.
CREATE INDEX booking_by_client ON booking (client_id, starts_at, id) INCLUDE (organization_id);
CREATE INDEX booking_by_provider ON booking (provider_id, starts_at, id) INCLUDE (organization_id);
CREATE INDEX booking_by_time ON booking (organization_id, starts_at, id);
CREATE INDEX booking_by_end ON booking (ends_at);

-- The entity decides first and answers kindly; this makes it true.
CREATE FUNCTION booking_moves_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status IS DISTINCT FROM OLD.status AND NOT (
       (OLD.status IN ('PENDING_PAYMENT', 'PENDING_CONFIRMATION') AND NEW.status IN ('CONFIRMED', 'CANCELLED', 'EXPIRED'))
    OR (OLD.status = 'EXPIRED' AND NEW.status = 'CONFIRMED' AND OLD.deposit_minor IS NOT NULL)
    OR (OLD.status = 'CONFIRMED' AND NEW.status IN ('CANCELLED', 'COMPLETED', 'NO_SHOW'))) THEN
    RAISE EXCEPTION 'a booking does not go from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_moves_only_forward', TABLE = 'booking';
  END IF;
  IF NEW.starts_at IS DISTINCT FROM OLD.starts_at AND NEW.status <> 'CONFIRMED' THEN
    RAISE EXCEPTION 'only a confirmed booking moves'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'only_confirmed_bookings_move', TABLE = 'booking';
  END IF;
  IF (NEW.status, NEW.starts_at) IS DISTINCT FROM (OLD.status, OLD.starts_at) AND NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'each change raises the version by one'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'each_change_raises_the_version', TABLE = 'booking';
  END IF;
  IF (NEW.id, NEW.organization_id, NEW.client_id) IS DISTINCT FROM (OLD.id, OLD.organization_id, OLD.client_id) THEN
    RAISE EXCEPTION 'a booking keeps its identity'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'a_booking_keeps_its_identity', TABLE = 'booking';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER booking_moves_only_forward BEFORE UPDATE ON booking
  FOR EACH ROW EXECUTE FUNCTION booking_moves_only_forward();

-- A slot kept for minutes while its booking is paid for or confirmed.
CREATE TABLE slot_hold (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  booking_id uuid NOT NULL,
  client_id uuid NOT NULL,
  status text NOT NULL CONSTRAINT hold_status_is_known CHECK (status IN ('LIVE', 'CONSUMED', 'RELEASED', 'EXPIRED')),
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT one_hold_per_booking UNIQUE (booking_id),
  CONSTRAINT hold_is_for_our_booking FOREIGN KEY (organization_id, booking_id) REFERENCES booking (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX live_hold_by_client ON slot_hold (client_id, expires_at) WHERE (status = 'LIVE');
CREATE INDEX live_hold_by_expiry ON slot_hold (expires_at) WHERE (status = 'LIVE');

-- A reminder that is due at a time; the queue only carries it, this row is the truth.
CREATE TABLE reminder (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  booking_id uuid NOT NULL,
  due_at timestamptz NOT NULL,
  state text NOT NULL CONSTRAINT reminder_state_is_known CHECK (state IN ('WAITING', 'REQUESTED', 'SENT', 'REFUSED', 'DROPPED')),
  message_id uuid CONSTRAINT one_reminder_per_message UNIQUE,
  reason text,
  CONSTRAINT requested_reminders_know_their_message CHECK (state IN ('WAITING', 'DROPPED') OR message_id IS NOT NULL),
  CONSTRAINT reminder_is_for_our_booking FOREIGN KEY (organization_id, booking_id) REFERENCES booking (organization_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX one_waiting_reminder_per_booking ON reminder (booking_id) WHERE (state = 'WAITING');
CREATE INDEX waiting_reminder_by_due_time ON reminder (due_at) WHERE (state = 'WAITING');

SELECT kept_tenant_wall('booking');
SELECT kept_tenant_wall('slot_hold');
SELECT kept_tenant_wall('reminder');
