-- Clients who answer for a client that has no account of their own to sign in with: a child, an adult under guardianship.

CREATE TABLE guardianship (
  id uuid NOT NULL CONSTRAINT guardianship_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  guardian_id uuid NOT NULL CONSTRAINT nobody_is_their_own_guardian CHECK (guardian_id <> dependant_id),
  dependant_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT guardianship_kind_is_known CHECK (kind IN ('CHILD', 'ADULT')),
  -- Why a member of staff confirmed it; who it was. Both null when a parent began it alone, with a client nobody knew before.
  reason bytea,
  confirmed_by uuid CONSTRAINT nobody_confirms_their_own_guardianship CHECK (confirmed_by NOT IN (guardian_id, dependant_id)),
  began_at timestamptz NOT NULL,
  -- When it ends by itself: the day a child comes of age, the end of what a court has decided. The birthday is not kept.
  ends_at timestamptz NOT NULL CONSTRAINT a_guardianship_ends CHECK (ends_at > began_at
    AND ends_at <= began_at + CASE kind WHEN 'CHILD' THEN interval '7700 days' ELSE interval '1830 days' END),
  ended_at timestamptz CONSTRAINT guardianship_ends_after_it_began CHECK (ended_at >= began_at),
  ended_by uuid,
  over_at timestamptz GENERATED ALWAYS AS (LEAST(ended_at, ends_at)) STORED,
  CONSTRAINT guardianships_of_adults_are_confirmed CHECK (kind = 'CHILD' OR confirmed_by IS NOT NULL),
  CONSTRAINT guardianship_of_a_guardian FOREIGN KEY (guardian_id) REFERENCES account (id) ON DELETE CASCADE,
  CONSTRAINT guardianship_of_a_dependant FOREIGN KEY (dependant_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX one_live_guardianship_per_pair ON guardianship (guardian_id, dependant_id) WHERE ended_at IS NULL;
CREATE INDEX guardianship_by_dependant ON guardianship (dependant_id, began_at);

-- Whoever can sign in answers for themselves, and nobody answers for somebody of another business. The rows are locked, so that
-- two who begin at once count each other.
CREATE FUNCTION guardianship_is_sound() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  guardian account;
  dependant account;
  broken text;
BEGIN
  SELECT * INTO guardian FROM account WHERE id = NEW.guardian_id FOR UPDATE;
  SELECT * INTO dependant FROM account WHERE id = NEW.dependant_id FOR UPDATE;
  broken := CASE
    WHEN guardian.organization_id IS DISTINCT FROM NEW.organization_id
      OR dependant.organization_id IS DISTINCT FROM NEW.organization_id THEN 'guardians_and_dependants_are_of_one_organization'
    WHEN guardian.kind <> 'CLIENT' OR guardian.state <> 'ACTIVE' OR guardian.email_index IS NULL THEN 'guardians_have_an_account'
    WHEN dependant.kind <> 'CLIENT' OR dependant.state <> 'ACTIVE' OR dependant.email_index IS NOT NULL OR dependant.display_name IS NULL
      OR EXISTS (SELECT FROM password_credential p WHERE p.account_id = dependant.id) THEN 'dependants_have_no_account_of_their_own'
    WHEN (SELECT count(*) FROM guardianship g WHERE g.dependant_id = NEW.dependant_id AND g.ended_at IS NULL
      AND g.ends_at > NEW.began_at) >= 2 THEN 'a_dependant_has_two_guardians_at_most'
    WHEN (SELECT count(*) FROM guardianship g WHERE g.guardian_id = NEW.guardian_id AND g.ended_at IS NULL
      AND g.ends_at > NEW.began_at) >= 8 THEN 'a_guardian_answers_for_eight_at_most'
  END;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'this guardianship cannot be' USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'guardianship';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guardianship_is_sound BEFORE INSERT ON guardianship FOR EACH ROW EXECUTE FUNCTION guardianship_is_sound();

-- Tokens say for whom somebody answers: when that ends before its time, those so far are not believed any more.
CREATE FUNCTION ended_guardianship_withdraws_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE session SET token_generation = token_generation + 1 WHERE account_id = NEW.guardian_id AND ended_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER ended_guardianship_withdraws_tokens AFTER UPDATE OF ended_at ON guardianship FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION ended_guardianship_withdraws_tokens();

-- Whoever gets an account of their own, or is erased, has no guardians from that moment on, whichever way it came.
CREATE FUNCTION own_account_ends_guardianships() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE guardianship SET ended_at = greatest(clock_timestamp(), began_at), ended_by = NEW.id
  WHERE ended_at IS NULL AND (dependant_id = NEW.id OR (guardian_id = NEW.id AND NEW.state <> 'ACTIVE'));
  RETURN NULL;
END $$;
CREATE TRIGGER own_account_ends_guardianships AFTER UPDATE OF email_index, state ON account FOR EACH ROW
  WHEN (NEW.kind = 'CLIENT' AND ((OLD.email_index IS NULL AND NEW.email_index IS NOT NULL)
    OR (OLD.state = 'ACTIVE' AND NEW.state <> 'ACTIVE')))
  EXECUTE FUNCTION own_account_ends_guardianships();

-- A client without an address has nothing to sign in with; no way to a session may forget that.
CREATE FUNCTION clients_without_an_address_have_no_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM account a WHERE a.id = NEW.account_id AND a.email_index IS NULL) THEN
    RAISE EXCEPTION 'somebody else answers for this client'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'clients_without_an_address_have_no_session', TABLE = 'session';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER clients_without_an_address_have_no_session BEFORE INSERT ON session FOR EACH ROW
  WHEN (NEW.kind = 'CLIENT') EXECUTE FUNCTION clients_without_an_address_have_no_session();

-- An account of one's own is offered by a mail to an address; a pending account claims it, as with whoever signs up.
CREATE TABLE own_account_offer (
  id uuid NOT NULL CONSTRAINT own_account_offer_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  dependant_id uuid NOT NULL,
  claim_id uuid NOT NULL CONSTRAINT an_offer_claims_another_account CHECK (claim_id <> dependant_id),
  offered_by uuid NOT NULL,
  offered_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CONSTRAINT own_account_is_offered_for_a_week_at_most
    CHECK (expires_at > offered_at AND expires_at <= offered_at + interval '168 hours'),
  CONSTRAINT own_account_offer_to_a_dependant FOREIGN KEY (dependant_id) REFERENCES account (id) ON DELETE CASCADE,
  CONSTRAINT own_account_offer_of_a_claim FOREIGN KEY (claim_id) REFERENCES account (id) ON DELETE CASCADE
);
-- A later offer takes the place of the one before.
CREATE UNIQUE INDEX one_own_account_offer_per_dependant ON own_account_offer (dependant_id);
CREATE INDEX own_account_offer_by_claim ON own_account_offer (claim_id);

SELECT kept_tenant_wall('guardianship');
SELECT kept_tenant_wall('own_account_offer');

-- Tokens say to which places roles are limited: when that changes, those so far are not believed any more.
CREATE FUNCTION changed_grant_withdraws_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE session SET token_generation = token_generation + 1 WHERE account_id = NEW.account_id AND ended_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER given_grant_withdraws_tokens AFTER INSERT ON role_grant FOR EACH ROW
  EXECUTE FUNCTION changed_grant_withdraws_tokens();
CREATE TRIGGER ended_grant_withdraws_tokens AFTER UPDATE OF ended_at ON role_grant FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION changed_grant_withdraws_tokens();
