-- What gateways must know at once: access tokens that are not good any more, and who is isolated. Neither table stands behind
-- the tenant wall: gateways serve all organizations, and the feed that tells them is one administrative job over both.

-- Withdrawn before its time: a session, the tokens a session was given so far, or an emergency access. Ids and counts alone;
-- a row is of no use once the last token it concerns has expired, and is deleted then.
CREATE TABLE access_withdrawal (
  position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT withdrawal_position_is_unique PRIMARY KEY,
  kind text NOT NULL CONSTRAINT withdrawal_kind_is_known CHECK (kind IN ('SESSION', 'TOKENS', 'EMERGENCY')),
  id uuid NOT NULL,
  generation integer,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- By it a reader finds exactly what became visible since they looked last, in whatever order transactions commit.
  recorded_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT withdrawn_tokens_have_a_generation CHECK ((kind = 'TOKENS') = (generation IS NOT NULL))
);
CREATE INDEX access_withdrawal_by_transaction ON access_withdrawal (recorded_by);
CREATE INDEX access_withdrawal_by_age ON access_withdrawal (recorded_at);

CREATE TABLE isolation (
  id uuid NOT NULL CONSTRAINT isolation_id_is_unique PRIMARY KEY,
  kind text NOT NULL CONSTRAINT isolation_kind_is_known CHECK (kind IN ('ORGANIZATION', 'ACTOR', 'SERVICE')),
  -- The id of the organization or account, or the name of the service.
  target text NOT NULL,
  organization_id uuid,
  reason text NOT NULL CONSTRAINT isolation_says_why CHECK (length(btrim(reason)) BETWEEN 10 AND 500),
  isolated_by_kind text NOT NULL CONSTRAINT isolation_is_by_operator_or_account CHECK (isolated_by_kind IN ('OPERATOR', 'ACCOUNT')),
  isolated_by text NOT NULL,
  isolated_at timestamptz NOT NULL,
  until timestamptz NOT NULL,
  released_at timestamptz,
  released_by text,
  CONSTRAINT isolation_lasts_at_most_thirty_days CHECK (until > isolated_at AND until <= isolated_at + interval '720 hours'),
  CONSTRAINT isolation_is_released_by_somebody CHECK ((released_at IS NULL) = (released_by IS NULL)),
  CONSTRAINT isolated_services_are_known CHECK
    (kind <> 'SERVICE' OR (organization_id IS NULL AND target IN ('identity', 'scheduling', 'payments', 'compliance'))),
  CONSTRAINT isolated_organization_is_the_target CHECK
    (kind <> 'ORGANIZATION' OR (organization_id IS NOT NULL AND target = organization_id::text)),
  CONSTRAINT isolated_actor_has_an_organization CHECK (kind <> 'ACTOR' OR organization_id IS NOT NULL)
);
CREATE INDEX isolation_in_force ON isolation (until) WHERE released_at IS NULL;
CREATE INDEX isolation_by_organization ON isolation (organization_id, until);

-- History: a release is written once, nothing else changes, and only retention deletes.
CREATE FUNCTION isolation_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND coalesce(current_setting('kept.retention_rule', true), '') <> '' THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.released_at IS NULL
    AND (to_jsonb(OLD) - 'released_at' - 'released_by') = (to_jsonb(NEW) - 'released_at' - 'released_by') THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an isolation stays as it was written: % is refused', TG_OP
    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'isolation_only_grows';
END $$;
CREATE TRIGGER isolation_only_grows BEFORE UPDATE OR DELETE ON isolation
  FOR EACH ROW EXECUTE FUNCTION isolation_only_grows();

-- A hint at commit; whoever misses it finds the rows at the next look.
CREATE FUNCTION hint_control() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NOTIFY kept_control;
  RETURN NULL;
END $$;
CREATE TRIGGER hint_control AFTER INSERT ON access_withdrawal FOR EACH STATEMENT EXECUTE FUNCTION hint_control();
CREATE TRIGGER hint_control AFTER INSERT OR UPDATE ON isolation FOR EACH STATEMENT EXECUTE FUNCTION hint_control();

-- Raised when the tokens of a session must not be believed any more although the session goes on: tokens carry it.
ALTER TABLE session ADD COLUMN token_generation integer NOT NULL DEFAULT 0;
ALTER TABLE session
  DROP CONSTRAINT session_end_reason_is_known,
  ADD CONSTRAINT session_end_reason_is_known
    CHECK (end_reason IN ('SIGNED_OUT', 'TOKEN_REUSED', 'REPLACED', 'EXPIRED', 'FACTOR_REMOVED', 'ACCOUNT_CLOSED'));

-- Whatever ends a session, tells: a use case that forgot to would leave tokens good for minutes.
CREATE FUNCTION session_withdraws_its_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    -- Retention deletes sessions long after their end; one that could still have tokens goes with its account.
    IF OLD.ended_at IS NULL AND OLD.expires_at > now() - interval '1 day' THEN
      INSERT INTO access_withdrawal (kind, id) VALUES ('SESSION', OLD.id);
    END IF;
    RETURN OLD;
  END IF;
  IF OLD.second_factor AND NOT NEW.second_factor THEN
    NEW.token_generation := OLD.token_generation + 1;
  END IF;
  IF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL THEN
    INSERT INTO access_withdrawal (kind, id) VALUES ('SESSION', NEW.id);
  ELSIF NEW.token_generation > OLD.token_generation THEN
    INSERT INTO access_withdrawal (kind, id, generation) VALUES ('TOKENS', NEW.id, NEW.token_generation);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER session_withdraws_its_tokens BEFORE UPDATE OR DELETE ON session
  FOR EACH ROW EXECUTE FUNCTION session_withdraws_its_tokens();

-- An account that is closed has no sessions; one that lost a role has no tokens that claim it.
CREATE FUNCTION account_withdraws_its_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'ACTIVE' AND NEW.state <> 'ACTIVE' THEN
    UPDATE session SET ended_at = clock_timestamp(), end_reason = 'ACCOUNT_CLOSED'
    WHERE account_id = NEW.id AND ended_at IS NULL;
  ELSIF NOT OLD.roles <@ NEW.roles THEN
    UPDATE session SET token_generation = token_generation + 1 WHERE account_id = NEW.id AND ended_at IS NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER account_withdraws_its_sessions AFTER UPDATE OF state, roles ON account
  FOR EACH ROW EXECUTE FUNCTION account_withdraws_its_sessions();
