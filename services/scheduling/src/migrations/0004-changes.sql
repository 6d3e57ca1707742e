-- What has changed in calendars, for those who show them live: which booking of which organization and provider, and nothing
-- about anybody. A trigger writes it, so no use case can forget; in the transaction of the change, so both are true or neither.
-- Outside the tenant wall like the outbox: gateways hear of all organizations at once.
CREATE TABLE booking_change (
  position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT one_position_per_change PRIMARY KEY,
  organization_id uuid NOT NULL,
  booking_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  -- Positions are handed out before a transaction commits, so a reader behind the last one it saw would miss those that commit
  -- later. By transaction it can tell what may still come (pg_snapshot_xmin).
  written_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
  written_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX booking_changes_by_transaction ON booking_change (written_by);

CREATE FUNCTION note_booking_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking_change (organization_id, booking_id, provider_id)
  VALUES (NEW.organization_id, NEW.id, NEW.provider_id);
  RETURN NULL;
END $$;
CREATE TRIGGER note_booking_change AFTER INSERT OR UPDATE ON booking
  FOR EACH ROW EXECUTE FUNCTION note_booking_change();
