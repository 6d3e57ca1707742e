-- What is done by a link is done by nobody we know. Who made it stands with it, so that one person who makes links for a great
-- many appointments is noticed as if they had changed them (DET-03). Null: made for a mail, or before this was written down.
ALTER TABLE manage_link ADD COLUMN made_by uuid;
CREATE INDEX manage_link_by_maker ON manage_link (organization_id, made_by, created_at) WHERE (made_by IS NOT NULL);

CREATE OR REPLACE FUNCTION manage_link_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.organization_id, NEW.booking_id, NEW.token_hash, NEW.actions, NEW.made_for, NEW.created_at, NEW.made_by)
       IS DISTINCT FROM
     (OLD.id, OLD.organization_id, OLD.booking_id, OLD.token_hash, OLD.actions, OLD.made_for, OLD.created_at, OLD.made_by)
     OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
     OR NEW.expires_at IS DISTINCT FROM OLD.expires_at OR NEW.use_count < OLD.use_count THEN
    RAISE EXCEPTION 'a manage link only ends'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'manage_link_only_ends', TABLE = 'manage_link';
  END IF;
  RETURN NEW;
END $$;
