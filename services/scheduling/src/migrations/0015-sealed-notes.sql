-- Sealed notes (ENC-12): written and read by the devices of the client and the booked provider alone. What is here are public keys
-- and a JWE (RFC 7516) that none of our keys opens.
CREATE TABLE note_key (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  -- A client's or a staff member's account.
  person_id uuid NOT NULL,
  -- RFC 7638 thumbprint of the public key: the `kid` of a recipient.
  thumbprint text NOT NULL CONSTRAINT thumbprint_is_sha256 CHECK (thumbprint ~ '^[A-Za-z0-9_-]{43}$'),
  -- The public x-coordinate of an X25519 key (RFC 8037). There is no column that could hold a private one.
  public_x text NOT NULL CONSTRAINT public_key_has_32_bytes CHECK (public_x ~ '^[A-Za-z0-9_-]{43}$'),
  device_name text NOT NULL CONSTRAINT device_name_is_short CHECK (length(device_name) BETWEEN 1 AND 60),
  registered_at timestamptz NOT NULL,
  revoked_at timestamptz,
  CONSTRAINT one_person_per_key UNIQUE (organization_id, thumbprint)
);
CREATE INDEX live_note_key_by_person ON note_key (person_id) WHERE (revoked_at IS NULL);

-- A key never comes back, and never becomes another.
CREATE FUNCTION note_key_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.organization_id, NEW.person_id, NEW.thumbprint, NEW.public_x) IS DISTINCT FROM
     (OLD.id, OLD.organization_id, OLD.person_id, OLD.thumbprint, OLD.public_x)
     OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at) THEN
    RAISE EXCEPTION 'a key only ends'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'note_key_only_ends', TABLE = 'note_key';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER note_key_only_ends BEFORE UPDATE ON note_key FOR EACH ROW EXECUTE FUNCTION note_key_only_ends();

CREATE TABLE sealed_note (
  booking_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  client_id uuid NOT NULL,
  version integer NOT NULL CONSTRAINT note_versions_count_from_one CHECK (version >= 1),
  jwe jsonb NOT NULL CONSTRAINT sealed_note_is_bounded CHECK (length(jwe::text) <= 131072),
  CONSTRAINT sealed_note_has_recipients CHECK (jsonb_typeof(jwe -> 'recipients') = 'array'),
  -- A device or a member is gone since it was written: what they could read should get a new key.
  needs_rewrap boolean NOT NULL DEFAULT false,
  written_by uuid NOT NULL,
  written_at timestamptz NOT NULL,
  CONSTRAINT sealed_note_is_of_our_booking FOREIGN KEY (organization_id, booking_id) REFERENCES booking (organization_id, id) ON DELETE CASCADE
);

-- Takes recipients out of a note: what was wrapped for them is gone, whoever kept a copy of the row's former self.
CREATE FUNCTION drop_note_recipients(note jsonb, dropped text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_set(note, '{recipients}', coalesce(
    (SELECT jsonb_agg(recipient ORDER BY place) FROM jsonb_array_elements(note -> 'recipients') WITH ORDINALITY AS r (recipient, place)
     WHERE NOT (coalesce(recipient -> 'header' ->> 'kid', '') = ANY (dropped))), '[]'::jsonb))
$$;

-- Whoever is no longer booked is no longer a recipient, by whatever way the booking went to somebody else.
CREATE FUNCTION reassignment_drops_the_recipient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE sealed_note SET jwe = drop_note_recipients(
    jwe, ARRAY(SELECT thumbprint FROM note_key WHERE person_id = OLD.provider_id)), needs_rewrap = true
  WHERE booking_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER reassignment_drops_the_recipient AFTER UPDATE OF provider_id ON booking FOR EACH ROW
  WHEN (NEW.provider_id <> OLD.provider_id) EXECUTE FUNCTION reassignment_drops_the_recipient();

SELECT kept_tenant_wall('note_key');
SELECT kept_tenant_wall('sealed_note');
