-- Somebody on the staff has left (ACC-05): nobody books them any more, whatever event comes late, and links they made are void.
ALTER TABLE provider ADD COLUMN left_at timestamptz,
  ADD CONSTRAINT who_has_left_cannot_be_booked CHECK (left_at IS NULL OR NOT active) NOT VALID;
ALTER TABLE provider VALIDATE CONSTRAINT who_has_left_cannot_be_booked;
CREATE INDEX provider_who_left ON provider (organization_id) WHERE (left_at IS NOT NULL);

ALTER TABLE manage_link DROP CONSTRAINT link_revocation_is_known,
  ADD CONSTRAINT link_revocation_is_known CHECK (revoked_because IN ('ROTATED', 'TOO_MANY', 'BY_PERSON', 'OFFBOARDED')) NOT VALID;
ALTER TABLE manage_link VALIDATE CONSTRAINT link_revocation_is_known;
