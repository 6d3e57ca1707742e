-- Codes that are mailed or texted as a second step, and proving again who one is for one operation.

-- A message of ours goes by mail or by text; the row is the truth for both.
ALTER TABLE outgoing_mail ADD COLUMN channel text NOT NULL DEFAULT 'EMAIL'
  CONSTRAINT message_goes_by_a_known_way CHECK (channel IN ('EMAIL', 'SMS'));

ALTER TABLE account ADD COLUMN phone_confirmed_at timestamptz;
-- A number that changes has to be proven anew.
CREATE FUNCTION a_changed_number_is_not_proven() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.phone IS DISTINCT FROM OLD.phone AND NEW.phone_confirmed_at IS NOT DISTINCT FROM OLD.phone_confirmed_at THEN
    NEW.phone_confirmed_at := NULL;
    DELETE FROM code_factor WHERE account_id = NEW.id AND kind = 'SMS_CODE';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER a_changed_number_is_not_proven BEFORE UPDATE OF phone ON account
  FOR EACH ROW EXECUTE FUNCTION a_changed_number_is_not_proven();

CREATE TABLE code_factor (
  id uuid NOT NULL CONSTRAINT code_factor_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT code_factor_is_mailed_or_texted CHECK (kind IN ('EMAIL_CODE', 'SMS_CODE')),
  enrolled_at timestamptz NOT NULL,
  CONSTRAINT one_code_factor_of_a_kind UNIQUE (account_id, kind),
  CONSTRAINT code_factor_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
SELECT kept_tenant_wall('code_factor');

-- Whoever works here proves themselves with what nobody on the way can read (ASVS 6.3.6, 6.6.1).
CREATE FUNCTION staff_have_no_mailed_or_texted_factor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM account a WHERE a.id = NEW.account_id AND a.kind = 'CLIENT') THEN
    RAISE EXCEPTION 'codes by mail or text are for clients'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'staff_have_no_mailed_or_texted_factor', TABLE = 'code_factor';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER staff_have_no_mailed_or_texted_factor BEFORE INSERT OR UPDATE ON code_factor
  FOR EACH ROW EXECUTE FUNCTION staff_have_no_mailed_or_texted_factor();

ALTER TABLE auth_flow
  -- The session that proves itself again, and the operation it is for alone (SHA-256, base64url).
  ADD COLUMN session_id uuid,
  ADD COLUMN operation_hash text CONSTRAINT operation_hash_is_sha256 CHECK (operation_hash ~ '^[A-Za-z0-9_-]{43}$'),
  -- What a code was sent for: it answers that factor and no other (A22).
  ADD COLUMN code_factor text CONSTRAINT code_was_sent_for_a_factor CHECK (code_factor IN ('EMAIL_CODE', 'SMS_CODE')),
  ADD CONSTRAINT proving_again_is_for_a_session CHECK ((kind = 'STEP_UP') = (session_id IS NOT NULL)) NOT VALID;
ALTER TABLE auth_flow VALIDATE CONSTRAINT proving_again_is_for_a_session;
