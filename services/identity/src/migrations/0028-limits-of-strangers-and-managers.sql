-- Whoever manages some places decides neither on the whole business nor on who is responsible for it: of those who do, one remains.
CREATE FUNCTION manages_the_whole(who account) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT who.kind = 'STAFF' AND who.state = 'ACTIVE' AND 'MANAGER' = ANY (who.roles)
    AND (EXISTS (SELECT FROM role_grant g WHERE g.account_id = who.id AND g.ended_at IS NULL AND g.location_id IS NULL)
      -- Whoever was entered by the operator was granted nothing, and is limited to nothing.
      OR NOT EXISTS (SELECT FROM role_grant g WHERE g.account_id = who.id AND g.ended_at IS NULL))
$$;

CREATE OR REPLACE FUNCTION one_manager_remains() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM organization_profile WHERE organization_id = OLD.organization_id FOR UPDATE;
  IF NOT EXISTS (SELECT FROM account a WHERE a.organization_id = OLD.organization_id AND a.id <> OLD.id AND manages_the_whole(a)) THEN
    RAISE EXCEPTION 'an organization keeps a manager'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'one_manager_remains', TABLE = 'account';
  END IF;
  RETURN NULL;
END $$;

-- The same where a manager is not dismissed, but limited. What was granted before has been ended by then.
CREATE FUNCTION one_manager_remains_unlimited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM organization_profile WHERE organization_id = NEW.organization_id FOR UPDATE;
  IF EXISTS (SELECT FROM account a WHERE a.id = NEW.account_id AND a.state = 'ACTIVE' AND NOT manages_the_whole(a))
    AND NOT EXISTS (SELECT FROM account a WHERE a.organization_id = NEW.organization_id AND manages_the_whole(a)) THEN
    RAISE EXCEPTION 'an organization keeps a manager'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'one_manager_remains', TABLE = 'account';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER one_manager_remains_unlimited AFTER INSERT ON role_grant FOR EACH ROW
  WHEN (NEW.role = 'MANAGER' AND NEW.location_id IS NOT NULL) EXECUTE FUNCTION one_manager_remains_unlimited();

-- Whoever watches over the business watches over all of it: a limit would be the way to look away. Those from before can be ended.
ALTER TABLE role_grant ADD CONSTRAINT compliance_is_of_the_whole
  CHECK (role <> 'COMPLIANCE' OR location_id IS NULL OR ended_at IS NOT NULL) NOT VALID;

-- What is asked for in an address's name is counted by network as well: strangers in one place do not use up what its owner needs.
ALTER TABLE attempt_counter
  DROP CONSTRAINT attempt_scope_is_known,
  ADD CONSTRAINT attempt_scope_is_known CHECK (scope IN ('UNKNOWN_DEVICES', 'KNOWN_DEVICE', 'NETWORK', 'CODES', 'SIGN_UPS',
    'MAILS', 'ASKED', 'ASKED_FROM', 'SMS', 'SMS_PREFIX', 'SMS_ORGANIZATION', 'RESETS', 'UNLOCKS', 'INVITATIONS', 'PASSKEYS', 'ORGANIZATION',
    'IDENTIFIERS', 'SERVICE_KEYS')) NOT VALID;
ALTER TABLE attempt_counter VALIDATE CONSTRAINT attempt_scope_is_known;

-- Where two answer for somebody, neither hands the record over alone: both have named the same address.
ALTER TABLE own_account_offer ADD COLUMN agreed boolean NOT NULL DEFAULT true;

-- What was offered by those who answered is void when somebody else does, or somebody no longer.
CREATE FUNCTION other_guardians_void_offers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM own_account_offer WHERE dependant_id = NEW.dependant_id;
  RETURN NULL;
END $$;
CREATE TRIGGER new_guardian_voids_offers AFTER INSERT ON guardianship FOR EACH ROW EXECUTE FUNCTION other_guardians_void_offers();
CREATE TRIGGER former_guardian_voids_offers AFTER UPDATE OF ended_at ON guardianship FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION other_guardians_void_offers();
