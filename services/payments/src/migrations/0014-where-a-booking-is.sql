-- Where an appointment is, as scheduling says it: whoever works for one branch has nothing to do with the money of another.
-- Null: nowhere, or not said yet.
ALTER TABLE booking_reference ADD COLUMN location_id uuid;
