-- Manage links (BOK-05): whoever has the token may do the named things with one appointment, without signing in. Only the token's
-- hash is here; a look-up by hash takes the same time however much of a token was guessed.
CREATE TABLE manage_link (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  booking_id uuid NOT NULL,
  token_hash bytea NOT NULL CONSTRAINT token_hash_is_sha256 CHECK (octet_length(token_hash) = 32),
  actions text[] NOT NULL CONSTRAINT link_actions_are_known CHECK (
    cardinality(actions) BETWEEN 1 AND 4 AND actions <@ ARRAY['VIEW', 'RESCHEDULE', 'CANCEL', 'CONFIRM_ATTENDANCE']),
  made_for text NOT NULL CONSTRAINT link_is_made_for_a_mail_or_a_person CHECK (made_for IN ('MAIL', 'PERSON')),
  created_at timestamptz NOT NULL,
  -- Null: a day after the appointment's end, wherever it moves. Never later than that.
  expires_at timestamptz CONSTRAINT link_expires_after_it_was_made CHECK (expires_at > created_at),
  revoked_at timestamptz,
  revoked_because text CONSTRAINT link_revocation_is_known CHECK (revoked_because IN ('ROTATED', 'TOO_MANY', 'BY_PERSON')),
  use_count integer NOT NULL DEFAULT 0 CONSTRAINT uses_are_counted_up CHECK (use_count >= 0),
  window_start timestamptz,
  window_uses integer NOT NULL DEFAULT 0,
  CONSTRAINT one_link_per_token UNIQUE (token_hash),
  CONSTRAINT revoked_links_say_why CHECK ((revoked_at IS NULL) = (revoked_because IS NULL)),
  CONSTRAINT link_is_for_our_booking FOREIGN KEY (organization_id, booking_id) REFERENCES booking (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX live_link_by_booking ON manage_link (booking_id, created_at) WHERE (revoked_at IS NULL);

-- A link never comes back to life, nor does it change what it is for.
CREATE FUNCTION manage_link_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.organization_id, NEW.booking_id, NEW.token_hash, NEW.actions, NEW.made_for, NEW.created_at)
       IS DISTINCT FROM (OLD.id, OLD.organization_id, OLD.booking_id, OLD.token_hash, OLD.actions, OLD.made_for, OLD.created_at)
     OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
     OR NEW.expires_at IS DISTINCT FROM OLD.expires_at OR NEW.use_count < OLD.use_count THEN
    RAISE EXCEPTION 'a manage link only ends'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'manage_link_only_ends', TABLE = 'manage_link';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER manage_link_only_ends BEFORE UPDATE ON manage_link FOR EACH ROW EXECUTE FUNCTION manage_link_only_ends();

-- How often tokens were tried that open nothing: by the beginning of the token (hashed) and, with an empty beginning, in all.
CREATE TABLE link_failure (
  organization_id uuid NOT NULL REFERENCES organization (id),
  beginning bytea NOT NULL CONSTRAINT beginning_is_short CHECK (octet_length(beginning) IN (0, 8)),
  window_start timestamptz NOT NULL,
  failures integer NOT NULL CONSTRAINT failures_are_counted_up CHECK (failures > 0),
  CONSTRAINT one_count_per_beginning_and_window PRIMARY KEY (organization_id, window_start, beginning)
);

-- The client said that they will come. It holds for the time they were asked about, and not for another.
CREATE TABLE attendance_confirmation (
  booking_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  confirmed_at timestamptz NOT NULL,
  CONSTRAINT attendance_is_for_our_booking FOREIGN KEY (organization_id, booking_id) REFERENCES booking (organization_id, id) ON DELETE CASCADE
);

-- Intake forms (DAT-02): versions of what a service asks before an appointment. A version never changes; a new one follows it.
CREATE TABLE intake_form (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  service_id uuid NOT NULL,
  version integer NOT NULL CONSTRAINT form_versions_count_from_one CHECK (version >= 1),
  required_before_confirmation boolean NOT NULL,
  fields jsonb NOT NULL CONSTRAINT form_has_some_fields CHECK (
    jsonb_typeof(fields) = 'array' AND jsonb_array_length(fields) BETWEEN 1 AND 30 AND length(fields::text) <= 100000),
  created_at timestamptz NOT NULL,
  retired_at timestamptz,
  CONSTRAINT form_belongs_to_one_organization UNIQUE (organization_id, id),
  CONSTRAINT one_form_per_service_and_version UNIQUE (service_id, version),
  CONSTRAINT form_is_for_our_service FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id)
);
CREATE UNIQUE INDEX one_form_in_use_per_service ON intake_form (service_id) WHERE (retired_at IS NULL);

CREATE FUNCTION form_versions_never_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.organization_id, NEW.service_id, NEW.version, NEW.required_before_confirmation, NEW.fields, NEW.created_at)
       IS DISTINCT FROM
     (OLD.id, OLD.organization_id, OLD.service_id, OLD.version, OLD.required_before_confirmation, OLD.fields, OLD.created_at)
     OR OLD.retired_at IS NOT NULL THEN
    RAISE EXCEPTION 'a version of a form never changes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'form_versions_never_change', TABLE = 'intake_form';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER form_versions_never_change BEFORE UPDATE ON intake_form
  FOR EACH ROW EXECUTE FUNCTION form_versions_never_change();

-- Whoever is responsible for data protection allows one service to ask for one kind of national identifier, with a reason, for a time.
CREATE TABLE intake_exception (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  service_id uuid NOT NULL,
  -- Card data is not among them and never can be (PCI DSS).
  identifier text NOT NULL CONSTRAINT exception_is_for_a_national_identifier CHECK (identifier ~ '^[A-Z][A-Z_]{1,39}$' AND identifier <> 'CARD_DATA'),
  reason text NOT NULL CONSTRAINT exception_has_a_reason CHECK (length(reason) BETWEEN 10 AND 1000),
  approved_by uuid NOT NULL,
  approved_at timestamptz NOT NULL,
  valid_until timestamptz NOT NULL CONSTRAINT exception_ends_within_two_years CHECK (
    valid_until > approved_at AND valid_until <= approved_at + interval '731 days'),
  revoked_at timestamptz,
  CONSTRAINT exception_is_for_our_service FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id)
);
CREATE INDEX intake_exception_by_service ON intake_exception (service_id);

-- What a client answered, encrypted under the client's key. It goes with its booking.
CREATE TABLE intake_answer (
  booking_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  client_id uuid NOT NULL,
  form_id uuid NOT NULL,
  version integer NOT NULL CONSTRAINT answer_versions_count_from_one CHECK (version >= 1),
  answers bytea,
  answered_at timestamptz NOT NULL,
  CONSTRAINT answers_are_for_our_booking FOREIGN KEY (organization_id, booking_id) REFERENCES booking (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT answers_fit_our_form FOREIGN KEY (organization_id, form_id) REFERENCES intake_form (organization_id, id)
);

-- A booking is held to what was asked when it was made. The use case asks kindly first; this makes it true, whoever confirms.
CREATE FUNCTION no_confirmation_without_intake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM intake_form WHERE service_id = NEW.service_id AND required_before_confirmation
               AND created_at <= NEW.created_at AND (retired_at IS NULL OR retired_at > NEW.created_at))
     AND NOT EXISTS (SELECT FROM intake_answer WHERE booking_id = NEW.id) THEN
    RAISE EXCEPTION 'the questions of this service are not answered yet'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'no_confirmation_without_intake', TABLE = 'booking';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER no_confirmation_without_intake BEFORE UPDATE OF status ON booking FOR EACH ROW
  WHEN (NEW.status = 'CONFIRMED' AND OLD.status <> 'CONFIRMED') EXECUTE FUNCTION no_confirmation_without_intake();

SELECT kept_tenant_wall('manage_link');
SELECT kept_tenant_wall('link_failure');
SELECT kept_tenant_wall('attendance_confirmation');
SELECT kept_tenant_wall('intake_form');
SELECT kept_tenant_wall('intake_exception');
SELECT kept_tenant_wall('intake_answer');
