-- People who prove an address with a mailed code instead of a password: guests. A session says how it was opened, because
-- one that a mailed code has opened may do less and ends sooner.
ALTER TABLE session ADD COLUMN method text NOT NULL DEFAULT 'PASSWORD';
ALTER TABLE session ADD CONSTRAINT session_method_is_known
  CHECK (method IN ('PASSWORD', 'MAIL_CODE')) NOT VALID;
ALTER TABLE session VALIDATE CONSTRAINT session_method_is_known;
ALTER TABLE session ADD CONSTRAINT mailed_codes_open_plain_client_sessions
  CHECK (method = 'PASSWORD' OR (kind = 'CLIENT' AND NOT second_factor)) NOT VALID;
ALTER TABLE session VALIDATE CONSTRAINT mailed_codes_open_plain_client_sessions;

ALTER TABLE auth_flow ADD CONSTRAINT flow_kind_is_one_of_four
  CHECK (kind IN ('CONFIRM_ADDRESS', 'SIGN_IN', 'ENROL', 'GUEST')) NOT VALID;
ALTER TABLE auth_flow VALIDATE CONSTRAINT flow_kind_is_one_of_four;
ALTER TABLE auth_flow DROP CONSTRAINT flow_kind_is_known;

-- The hole this closes for good: a mailed code signing into an account that has a password. Whoever opens the session has
-- looked; this looks again, in the statement that writes it.
CREATE FUNCTION no_mailed_code_opens_an_account_with_a_password() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.method = 'MAIL_CODE' AND EXISTS (SELECT FROM password_credential p WHERE p.account_id = NEW.account_id) THEN
    RAISE EXCEPTION 'an account with a password is opened by its password'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'no_mailed_code_opens_an_account_with_a_password', TABLE = 'session';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER no_mailed_code_opens_an_account_with_a_password BEFORE INSERT ON session
  FOR EACH ROW EXECUTE FUNCTION no_mailed_code_opens_an_account_with_a_password();
