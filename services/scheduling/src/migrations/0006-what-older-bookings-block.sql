-- The long part of 0005, without a lock that anybody would wait for. Row-level security holds for the owner too, so the
-- rows are written organization by organization. Whatever an older process still inserts meanwhile is taken by the trigger.
CREATE FUNCTION booking_needs_its_provider() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Only the version before this one writes no origin of its own history; ours names its first entry.
  IF NEW.history_head IS NULL THEN
    INSERT INTO booking_resource (organization_id, booking_id, resource_id, kind, role)
    VALUES (NEW.organization_id, NEW.id, NEW.provider_id, 'STAFF', 'PROVIDER') ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER booking_needs_its_provider AFTER INSERT ON booking
  FOR EACH ROW EXECUTE FUNCTION booking_needs_its_provider();

DO $$
DECLARE each_organization uuid;
BEGIN
  FOR each_organization IN SELECT id FROM organization LOOP
    PERFORM set_config('kept.organization', each_organization::text, true);
    INSERT INTO booking_resource (organization_id, booking_id, resource_id, kind, role)
    SELECT organization_id, id, provider_id, 'STAFF', 'PROVIDER' FROM booking ON CONFLICT DO NOTHING;
  END LOOP;
  PERFORM set_config('kept.organization', '', true);
END $$;

ALTER TABLE booking VALIDATE CONSTRAINT booking_is_for_one_to_a_thousand;
ALTER TABLE booking VALIDATE CONSTRAINT booking_origin_is_known;
ALTER TABLE booking VALIDATE CONSTRAINT staff_have_minutes_to_a_month_to_decide;
ALTER TABLE booking VALIDATE CONSTRAINT who_waits_for_a_decision_knows_until_when;
ALTER TABLE booking VALIDATE CONSTRAINT declined_bookings_name_a_human_decision;
ALTER TABLE booking VALIDATE CONSTRAINT booking_status_is_known;
ALTER TABLE booking VALIDATE CONSTRAINT cancelled_by_is_known;
ALTER TABLE slot_hold VALIDATE CONSTRAINT extensions_are_counted;
