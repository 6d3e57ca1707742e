-- Several reminders of one booking, by what the business wants for it, on the client's own clock.

-- What a business wants: for all its services (service_id null), or for one of them.
CREATE TABLE reminder_policy (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  service_id uuid,
  minutes_before integer[] NOT NULL CONSTRAINT at_most_five_reminders
    CHECK (cardinality(minutes_before) <= 5 AND 15 <= ALL (minutes_before) AND 43200 >= ALL (minutes_before)),
  -- Minutes after midnight between which nobody is reminded; equal: at any hour.
  quiet_from smallint NOT NULL CONSTRAINT quiet_begins_within_a_day CHECK (quiet_from BETWEEN 0 AND 1439),
  quiet_until smallint NOT NULL CONSTRAINT quiet_ends_within_a_day CHECK (quiet_until BETWEEN 0 AND 1439),
  updated_at timestamptz NOT NULL,
  CONSTRAINT one_reminder_policy_per_service UNIQUE NULLS NOT DISTINCT (organization_id, service_id),
  CONSTRAINT reminder_policy_is_for_our_service FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id)
);
SELECT kept_tenant_wall('reminder_policy');

-- Where a client's clock is; identity tells when it knows.
ALTER TABLE client ADD COLUMN time_zone text;
ALTER TABLE client ADD CONSTRAINT client_zone_is_short CHECK (length(time_zone) <= 64) NOT VALID;
ALTER TABLE client VALIDATE CONSTRAINT client_zone_is_short;

ALTER TABLE reminder
  ADD COLUMN minutes_before integer NOT NULL DEFAULT 1440,
  -- The time of the appointment that it was planned for: a reminder of another time is never sent. Null: of an older process.
  ADD COLUMN starts_at timestamptz;
CREATE UNIQUE INDEX one_waiting_reminder_per_booking_and_distance ON reminder (booking_id, minutes_before) WHERE (state = 'WAITING');
DROP INDEX one_waiting_reminder_per_booking;

-- Which reminders wait, for the sweep, which looks for all organizations at once: ids and times alone, outside the tenant wall.
-- A trigger writes it, so that nobody can forget.
CREATE TABLE reminder_due (
  reminder_id uuid NOT NULL CONSTRAINT one_due_time_per_reminder PRIMARY KEY,
  organization_id uuid NOT NULL,
  due_at timestamptz NOT NULL
);
CREATE INDEX reminder_due_by_time ON reminder_due (due_at);

CREATE FUNCTION note_due_reminder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' AND NEW.state = 'WAITING' THEN
    INSERT INTO reminder_due (reminder_id, organization_id, due_at) VALUES (NEW.id, NEW.organization_id, NEW.due_at)
    ON CONFLICT ON CONSTRAINT one_due_time_per_reminder DO UPDATE SET due_at = excluded.due_at;
  ELSIF TG_OP <> 'INSERT' AND OLD.state = 'WAITING' THEN
    DELETE FROM reminder_due WHERE reminder_id = OLD.id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER note_due_reminder AFTER INSERT OR UPDATE OR DELETE ON reminder
  FOR EACH ROW EXECUTE FUNCTION note_due_reminder();

DO $$
DECLARE each_organization uuid;
BEGIN
  FOR each_organization IN SELECT id FROM organization LOOP
    PERFORM set_config('kept.organization', each_organization::text, true);
    INSERT INTO reminder_due (reminder_id, organization_id, due_at)
    SELECT id, organization_id, due_at FROM reminder WHERE state = 'WAITING' ON CONFLICT DO NOTHING;
  END LOOP;
  PERFORM set_config('kept.organization', '', true);
END $$;

-- Calendars that are shown live also change by absences and closures; for a closure there is no one provider.
ALTER TABLE booking_change
  ADD COLUMN kind text NOT NULL DEFAULT 'booking',
  ALTER COLUMN booking_id DROP NOT NULL,
  ALTER COLUMN provider_id DROP NOT NULL,
  ADD CONSTRAINT change_kind_is_known CHECK (kind IN ('booking', 'absence', 'closure')) NOT VALID,
  ADD CONSTRAINT changed_bookings_are_named CHECK (
    kind <> 'booking' OR (booking_id IS NOT NULL AND provider_id IS NOT NULL)) NOT VALID;
ALTER TABLE booking_change VALIDATE CONSTRAINT change_kind_is_known;
ALTER TABLE booking_change VALIDATE CONSTRAINT changed_bookings_are_named;

CREATE FUNCTION note_absence_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed time_off := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  INSERT INTO booking_change (organization_id, kind, provider_id) VALUES (changed.organization_id, 'absence', changed.provider_id);
  RETURN NULL;
END $$;
CREATE TRIGGER note_absence_change AFTER INSERT OR UPDATE OR DELETE ON time_off
  FOR EACH ROW EXECUTE FUNCTION note_absence_change();

CREATE FUNCTION note_closure_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking_change (organization_id, kind)
  VALUES (CASE WHEN TG_OP = 'DELETE' THEN OLD.organization_id ELSE NEW.organization_id END, 'closure');
  RETURN NULL;
END $$;
CREATE TRIGGER note_closure_change AFTER INSERT OR UPDATE OR DELETE ON organization_closure
  FOR EACH ROW EXECUTE FUNCTION note_closure_change();
