-- A session may belong to a key that its app holds (RFC 9449): its tokens are worth nothing to anybody else.
ALTER TABLE session ADD COLUMN key_thumbprint text CONSTRAINT session_key_is_a_thumbprint
  CHECK (key_thumbprint ~ '^[A-Za-z0-9_-]{43}$');

-- A session that belongs to a key never belongs to another, or to nobody.
CREATE FUNCTION session_stays_with_its_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.key_thumbprint IS NOT NULL AND NEW.key_thumbprint IS DISTINCT FROM OLD.key_thumbprint THEN
    RAISE EXCEPTION 'a session stays with its key'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'session_stays_with_its_key', TABLE = 'session';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER session_stays_with_its_key BEFORE UPDATE OF key_thumbprint ON session
  FOR EACH ROW EXECUTE FUNCTION session_stays_with_its_key();
