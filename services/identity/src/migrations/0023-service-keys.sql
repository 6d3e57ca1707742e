-- Programs that act for the business: a named owner, keys instead of a password, tokens of five minutes.

CREATE TABLE service_key (
  id uuid NOT NULL CONSTRAINT service_key_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  -- Shown, so that people know which key is meant; four of 43 characters.
  prefix text NOT NULL,
  key_hash bytea NOT NULL CONSTRAINT service_key_hash_is_sha256 CHECK (octet_length(key_hash) = 32),
  device_id uuid NOT NULL,
  networks text[] NOT NULL CONSTRAINT a_key_names_at_most_fifty_networks CHECK (cardinality(networks) <= 50),
  made_by uuid NOT NULL,
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CONSTRAINT service_key_lasts_a_year_at_most
    CHECK (expires_at > made_at AND expires_at <= made_at + interval '8784 hours'),
  last_used_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT one_service_key_per_hash UNIQUE (key_hash),
  CONSTRAINT service_key_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE,
  CONSTRAINT service_key_is_a_device FOREIGN KEY (device_id) REFERENCES device (id) ON DELETE CASCADE
);
CREATE INDEX service_key_by_account ON service_key (account_id, made_at DESC);

-- A key that was ended never comes back, and none ever becomes another.
CREATE FUNCTION service_key_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.account_id, NEW.key_hash, NEW.networks) IS DISTINCT FROM (OLD.id, OLD.account_id, OLD.key_hash, OLD.networks)
    OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at) OR NEW.expires_at > OLD.expires_at THEN
    RAISE EXCEPTION 'a service key only ends'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'service_key_only_ends', TABLE = 'service_key';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER service_key_only_ends BEFORE UPDATE ON service_key FOR EACH ROW EXECUTE FUNCTION service_key_only_ends();

-- A program has no second factor; its key opens sessions of its own kind alone, and nobody else's does.
ALTER TABLE session
  DROP CONSTRAINT staff_sessions_need_a_second_factor,
  ADD CONSTRAINT staff_sessions_need_a_second_factor CHECK (kind IN ('CLIENT', 'SERVICE') OR (kind = 'STAFF' AND second_factor)) NOT VALID,
  ADD CONSTRAINT service_keys_open_sessions_of_services CHECK ((kind = 'SERVICE') = (method = 'SERVICE_KEY')) NOT VALID,
  ADD CONSTRAINT sessions_of_services_are_never_interactive CHECK (kind <> 'SERVICE' OR NOT second_factor) NOT VALID;
ALTER TABLE session VALIDATE CONSTRAINT staff_sessions_need_a_second_factor;
ALTER TABLE session VALIDATE CONSTRAINT service_keys_open_sessions_of_services;
ALTER TABLE session VALIDATE CONSTRAINT sessions_of_services_are_never_interactive;

-- Who lets people in and who watches over it are people.
ALTER TABLE account ADD CONSTRAINT programs_neither_manage_nor_oversee
  CHECK (kind <> 'SERVICE' OR NOT roles && ARRAY['MANAGER', 'COMPLIANCE']) NOT VALID;
ALTER TABLE account VALIDATE CONSTRAINT programs_neither_manage_nor_oversee;

-- A password never opens an account of a program.
CREATE FUNCTION services_have_no_password() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM account WHERE id = NEW.account_id AND kind = 'SERVICE') THEN
    RAISE EXCEPTION 'a program has no password'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'services_have_no_password', TABLE = 'password_credential';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER services_have_no_password BEFORE INSERT OR UPDATE OF account_id ON password_credential
  FOR EACH ROW EXECUTE FUNCTION services_have_no_password();

SELECT kept_tenant_wall('service_key');
