-- Everything a booking can go through, who did it, and what it blocks. Safe beside the version before it: what is added to
-- the big tables is nullable or has a constant default, checks begin NOT VALID, and what is long comes in 0006 without locks.

ALTER TABLE booking
  ADD COLUMN variant_id uuid,
  ADD COLUMN add_on_ids uuid[] NOT NULL DEFAULT '{}',
  ADD COLUMN location_id uuid,
  ADD COLUMN location_kind text,
  ADD COLUMN seats integer NOT NULL DEFAULT 1,
  ADD COLUMN origin text NOT NULL DEFAULT 'BOOKED',
  ADD COLUMN cancellation_tiers jsonb,
  ADD COLUMN no_show_fee_minor bigint,
  ADD COLUMN approval_required boolean NOT NULL DEFAULT false,
  ADD COLUMN decision_minutes integer NOT NULL DEFAULT 2880,
  ADD COLUMN decide_by timestamptz,
  ADD COLUMN decision_id uuid,
  ADD COLUMN checked_in_at timestamptz,
  ADD COLUMN override_reason bytea,
  ADD COLUMN history_head bytea,
  ADD CONSTRAINT booking_is_for_one_to_a_thousand CHECK (seats BETWEEN 1 AND 1000) NOT VALID,
  ADD CONSTRAINT booking_origin_is_known CHECK (origin IN ('BOOKED', 'SERIES', 'WAITLIST', 'REQUEST')) NOT VALID,
  ADD CONSTRAINT staff_have_minutes_to_a_month_to_decide CHECK (decision_minutes BETWEEN 1 AND 43200) NOT VALID,
  ADD CONSTRAINT who_waits_for_a_decision_knows_until_when CHECK (
    status NOT IN ('PENDING_REVIEW', 'PENDING_APPROVAL') OR decide_by IS NOT NULL) NOT VALID,
  -- GDPR Article 22: no machine declines anybody.
  ADD CONSTRAINT declined_bookings_name_a_human_decision CHECK (status <> 'DECLINED' OR decision_id IS NOT NULL) NOT VALID,
  DROP CONSTRAINT booking_status_is_known,
  ADD CONSTRAINT booking_status_is_known CHECK (status IN (
    'UNVERIFIED', 'PENDING_PAYMENT', 'PENDING_CONFIRMATION', 'PENDING_REVIEW', 'PENDING_APPROVAL', 'CONFIRMED',
    'CANCELLED', 'DECLINED', 'EXPIRED', 'COMPLETED', 'NO_SHOW')) NOT VALID,
  DROP CONSTRAINT cancelled_by_is_known,
  ADD CONSTRAINT cancelled_by_is_known CHECK (cancelled_by IN ('CLIENT', 'STAFF', 'SYSTEM')) NOT VALID;

CREATE INDEX booking_waiting_for_a_decision ON booking (decide_by)
  WHERE (status IN ('PENDING_REVIEW', 'PENDING_APPROVAL'));

ALTER TABLE slot_hold
  ADD COLUMN extensions integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT extensions_are_counted CHECK (extensions BETWEEN 0 AND 1000) NOT VALID;

-- What a booking blocks while it stands: its lead provider and everybody and everything else it needs. A seat in a group
-- session blocks nothing by itself, so it may have no row here.
CREATE TABLE booking_resource (
  organization_id uuid NOT NULL,
  booking_id uuid NOT NULL,
  resource_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT booked_kind_is_staff_room_or_equipment CHECK (kind IN ('STAFF', 'ROOM', 'EQUIPMENT')),
  role text NOT NULL CONSTRAINT booked_role_is_known CHECK (role IN ('PROVIDER', 'ROOM', 'EQUIPMENT', 'CO_PROVIDER')),
  CONSTRAINT a_booking_needs_a_resource_once PRIMARY KEY (booking_id, resource_id),
  CONSTRAINT needed_by_our_booking FOREIGN KEY (organization_id, booking_id)
    REFERENCES booking (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT needed_resource_is_ours FOREIGN KEY (organization_id, resource_id) REFERENCES resource (organization_id, id)
);
CREATE INDEX booking_resource_by_resource ON booking_resource (resource_id, booking_id);
SELECT kept_tenant_wall('booking_resource');

-- What a person of the business decided about a booking that waited for them.
CREATE TABLE booking_decision (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  booking_id uuid NOT NULL,
  stage text NOT NULL CONSTRAINT decided_in_review_or_approval CHECK (stage IN ('REVIEW', 'APPROVAL')),
  outcome text NOT NULL CONSTRAINT decided_for_or_against CHECK (outcome IN ('APPROVED', 'DECLINED')),
  decided_by uuid NOT NULL,
  decided_by_kind text NOT NULL CONSTRAINT people_of_the_business_decide CHECK (decided_by_kind = 'STAFF'),
  reason bytea,
  decided_at timestamptz NOT NULL,
  contested_at timestamptz,
  contest bytea,
  CONSTRAINT who_declines_says_why CHECK (outcome = 'APPROVED' OR reason IS NOT NULL),
  CONSTRAINT decision_is_about_our_booking FOREIGN KEY (organization_id, booking_id)
    REFERENCES booking (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX booking_decision_by_booking ON booking_decision (booking_id, decided_at);
CREATE INDEX contested_decision ON booking_decision (organization_id, contested_at) WHERE (contested_at IS NOT NULL);
SELECT kept_tenant_wall('booking_decision');

CREATE FUNCTION a_decision_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.organization_id, NEW.booking_id, NEW.stage, NEW.outcome, NEW.decided_by, NEW.decided_at)
     IS DISTINCT FROM (OLD.id, OLD.organization_id, OLD.booking_id, OLD.stage, OLD.outcome, OLD.decided_by, OLD.decided_at) THEN
    RAISE EXCEPTION 'a decision stands as it was taken'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'a_decision_stands', TABLE = 'booking_decision';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER a_decision_stands BEFORE UPDATE ON booking_decision FOR EACH ROW EXECUTE FUNCTION a_decision_stands();

-- What happened to a booking, in order: one entry per version. Each holds the hash of the one before and is signed by the
-- service, so that an entry changed, removed, added or moved is seen (decision 0020). It goes with its booking, never before.
CREATE TABLE booking_history (
  organization_id uuid NOT NULL,
  booking_id uuid NOT NULL,
  version integer NOT NULL,
  action text NOT NULL,
  at timestamptz NOT NULL,
  channel text NOT NULL CONSTRAINT channel_is_known CHECK (
    channel IN ('APP', 'STAFF', 'LINK', 'SERIES', 'WAITLIST', 'PAYMENT', 'SYSTEM')),
  actor_kind text NOT NULL,
  actor_id uuid,
  link_id uuid,
  request_id text NOT NULL,
  reason_code text,
  old_status text,
  new_status text NOT NULL,
  old_starts_at timestamptz,
  new_starts_at timestamptz NOT NULL,
  old_ends_at timestamptz,
  new_ends_at timestamptz NOT NULL,
  old_provider_id uuid,
  new_provider_id uuid NOT NULL,
  previous_hash bytea NOT NULL CONSTRAINT previous_hash_is_sha256 CHECK (octet_length(previous_hash) = 32),
  hash bytea NOT NULL CONSTRAINT hash_is_sha256 CHECK (octet_length(hash) = 32),
  signature bytea NOT NULL CONSTRAINT signature_is_ed25519 CHECK (octet_length(signature) = 64),
  CONSTRAINT one_history_entry_per_version PRIMARY KEY (booking_id, version),
  CONSTRAINT history_is_of_our_booking FOREIGN KEY (organization_id, booking_id)
    REFERENCES booking (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX booking_history_by_actor ON booking_history (organization_id, actor_id, at) WHERE (actor_id IS NOT NULL);
SELECT kept_tenant_wall('booking_history');

CREATE FUNCTION history_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE before bytea;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT h.hash INTO before FROM booking_history h
      WHERE h.booking_id = NEW.booking_id AND h.version < NEW.version ORDER BY h.version DESC LIMIT 1;
    IF NEW.previous_hash = COALESCE(before, decode(repeat('00', 32), 'hex')) THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'an entry continues the one before it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'history_continues_its_chain', TABLE = 'booking_history';
  END IF;
  -- The foreign key takes entries away after their booking; while that is there, nobody does.
  IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM booking b WHERE b.id = OLD.booking_id) THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'the history of a booking only grows'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'history_only_grows', TABLE = 'booking_history';
END $$;
CREATE TRIGGER history_only_grows BEFORE INSERT OR UPDATE OR DELETE ON booking_history
  FOR EACH ROW EXECUTE FUNCTION history_only_grows();

-- What was unusual about changes, so that one alert is raised for it and not a hundred.
CREATE TABLE unusual_change (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  kind text NOT NULL CONSTRAINT unusual_kind_is_known CHECK (kind IN ('BULK_CHANGES', 'OFF_HOURS_CHANGES', 'PAST_CHANGES')),
  actor_id uuid NOT NULL,
  window_start timestamptz NOT NULL,
  noticed_at timestamptz NOT NULL,
  CONSTRAINT one_alert_per_kind_actor_and_hour UNIQUE (organization_id, kind, actor_id, window_start)
);
SELECT kept_tenant_wall('unusual_change');

-- The entity decides first and answers kindly; this makes it true. The same table stands in bookings/booking-moves.ts.
CREATE OR REPLACE FUNCTION booking_moves_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status IS DISTINCT FROM OLD.status AND NOT (
       (OLD.status = 'UNVERIFIED' AND NEW.status IN ('PENDING_PAYMENT', 'PENDING_CONFIRMATION', 'CANCELLED', 'EXPIRED'))
    OR (OLD.status IN ('PENDING_PAYMENT', 'PENDING_CONFIRMATION')
        AND NEW.status IN ('PENDING_REVIEW', 'PENDING_APPROVAL', 'CONFIRMED', 'CANCELLED', 'EXPIRED'))
    OR (OLD.status = 'PENDING_REVIEW'
        AND NEW.status IN ('PENDING_APPROVAL', 'CONFIRMED', 'DECLINED', 'CANCELLED', 'EXPIRED'))
    OR (OLD.status = 'PENDING_APPROVAL' AND NEW.status IN ('CONFIRMED', 'DECLINED', 'CANCELLED', 'EXPIRED'))
    OR (OLD.status = 'EXPIRED' AND NEW.status IN ('PENDING_REVIEW', 'PENDING_APPROVAL', 'CONFIRMED')
        AND OLD.deposit_minor IS NOT NULL)
    OR (OLD.status = 'CONFIRMED' AND NEW.status IN ('CANCELLED', 'COMPLETED', 'NO_SHOW'))) THEN
    RAISE EXCEPTION 'a booking does not go from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_moves_only_forward', TABLE = 'booking';
  END IF;
  IF (NEW.starts_at, NEW.ends_at, NEW.provider_id) IS DISTINCT FROM (OLD.starts_at, OLD.ends_at, OLD.provider_id)
     AND (OLD.status, NEW.status) IS DISTINCT FROM ('CONFIRMED', 'CONFIRMED') THEN
    RAISE EXCEPTION 'only a confirmed booking moves'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'only_confirmed_bookings_move', TABLE = 'booking';
  END IF;
  IF (NEW.id, NEW.organization_id) IS DISTINCT FROM (OLD.id, OLD.organization_id)
     OR (NEW.client_id IS DISTINCT FROM OLD.client_id AND OLD.status <> 'UNVERIFIED') THEN
    RAISE EXCEPTION 'a booking keeps its identity'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'a_booking_keeps_its_identity', TABLE = 'booking';
  END IF;
  IF (NEW.status, NEW.starts_at, NEW.ends_at, NEW.provider_id, NEW.client_id, NEW.held_until, NEW.checked_in_at)
     IS DISTINCT FROM (OLD.status, OLD.starts_at, OLD.ends_at, OLD.provider_id, OLD.client_id, OLD.held_until, OLD.checked_in_at)
     AND NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'each change raises the version by one'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'each_change_raises_the_version', TABLE = 'booking';
  END IF;
  IF NEW.status = 'DECLINED' AND NOT EXISTS (
       SELECT FROM booking_decision d
       WHERE d.id = NEW.decision_id AND d.booking_id = NEW.id AND d.outcome = 'DECLINED') THEN
    RAISE EXCEPTION 'a booking is declined by a person who decided so'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'a_person_declines', TABLE = 'booking';
  END IF;
  RETURN NEW;
END $$;

-- A booking that goes to another provider has changed in both calendars.
CREATE OR REPLACE FUNCTION note_booking_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking_change (organization_id, booking_id, provider_id)
  VALUES (NEW.organization_id, NEW.id, NEW.provider_id);
  IF TG_OP = 'UPDATE' AND NEW.provider_id <> OLD.provider_id THEN
    INSERT INTO booking_change (organization_id, booking_id, provider_id)
    VALUES (OLD.organization_id, OLD.id, OLD.provider_id);
  END IF;
  RETURN NULL;
END $$;
