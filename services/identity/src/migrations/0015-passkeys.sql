-- Passkeys: public keys alone, at most ten of an account, and the challenge that a flow waits to have signed.

CREATE TABLE passkey (
  id uuid NOT NULL CONSTRAINT passkey_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  slot smallint NOT NULL CONSTRAINT an_account_has_ten_passkeys_at_most CHECK (slot BETWEEN 1 AND 10),
  -- WebAuthn Level 3, §4: at least 16 bytes and at most 1023.
  credential_id bytea NOT NULL CONSTRAINT credential_id_has_a_lawful_length CHECK (octet_length(credential_id) BETWEEN 16 AND 1023),
  public_key bytea NOT NULL CONSTRAINT passkey_is_a_public_key CHECK (octet_length(public_key) BETWEEN 32 AND 1200),
  -- EdDSA, ES256, RS256 (IANA COSE Algorithms).
  algorithm integer NOT NULL CONSTRAINT passkey_algorithm_is_allowed CHECK (algorithm IN (-8, -7, -257)),
  counter bigint NOT NULL CONSTRAINT passkeys_count_up CHECK (counter >= 0),
  aaguid uuid NOT NULL,
  name bytea,
  transports text[] NOT NULL,
  synced boolean NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  -- Its counter went back, as that of a copy would: it opens nothing more.
  doubted_at timestamptz,
  CONSTRAINT one_passkey_per_credential UNIQUE (organization_id, credential_id),
  CONSTRAINT one_passkey_per_place UNIQUE (account_id, slot),
  CONSTRAINT passkey_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
SELECT kept_tenant_wall('passkey');

-- A credential never becomes another, and a doubt about it never goes away.
CREATE FUNCTION passkey_stays_what_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.account_id, NEW.credential_id, NEW.public_key, NEW.algorithm)
    IS DISTINCT FROM (OLD.id, OLD.account_id, OLD.credential_id, OLD.public_key, OLD.algorithm)
    OR NEW.counter < OLD.counter OR (OLD.doubted_at IS NOT NULL AND NEW.doubted_at IS NULL) THEN
    RAISE EXCEPTION 'a passkey stays what it is'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'passkey_stays_what_it_is', TABLE = 'passkey';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER passkey_stays_what_it_is BEFORE UPDATE ON passkey FOR EACH ROW EXECUTE FUNCTION passkey_stays_what_it_is();

ALTER TABLE auth_flow ADD COLUMN passkey_challenge bytea
  CONSTRAINT passkey_challenge_is_256_bits CHECK (octet_length(passkey_challenge) = 32);
