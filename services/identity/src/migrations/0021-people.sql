-- People who work here or for us: how they come in, what they may do and who gave it to them, when it ends.

ALTER TABLE account
  ADD COLUMN sponsor_id uuid,
  ADD COLUMN ends_at timestamptz,
  ADD COLUMN dpa_reference text CONSTRAINT agreement_is_short CHECK (length(btrim(dpa_reference)) BETWEEN 3 AND 200),
  -- Of a service account: the person who answers for it.
  ADD COLUMN owner_id uuid,
  ADD COLUMN suspended_because text CONSTRAINT suspension_reason_is_known
    CHECK (suspended_because IN ('LEAVE', 'SECURITY', 'DORMANT', 'OTHER')),
  ADD COLUMN dormant_notice_at timestamptz,
  -- 45 CFR 164.308(b): nobody works for the business from outside without an agreement, an end and somebody who answers.
  ADD CONSTRAINT vendors_have_a_sponsor_an_end_and_an_agreement CHECK (employment IS DISTINCT FROM 'VENDOR'
    OR (sponsor_id IS NOT NULL AND sponsor_id <> id AND ends_at IS NOT NULL AND dpa_reference IS NOT NULL)) NOT VALID,
  ADD CONSTRAINT only_staff_are_employed CHECK (employment IS NULL OR kind = 'STAFF') NOT VALID,
  ADD CONSTRAINT services_have_an_owner CHECK ((kind = 'SERVICE') = (owner_id IS NOT NULL)) NOT VALID,
  ADD CONSTRAINT services_have_no_address CHECK (kind <> 'SERVICE' OR email_index IS NULL) NOT VALID,
  DROP CONSTRAINT roles_fit_the_kind_of_account,
  ADD CONSTRAINT roles_fit_the_kind_of_account CHECK (
    CASE kind WHEN 'CLIENT' THEN roles = ARRAY['CLIENT']
    ELSE (cardinality(roles) > 0 OR state = 'ENDED')
      AND roles <@ ARRAY['PROVIDER', 'FRONT_DESK', 'BILLING', 'MANAGER', 'COMPLIANCE'] END) NOT VALID,
  -- Who has left has nothing left to come back with.
  ADD CONSTRAINT former_members_have_no_roles CHECK (state <> 'ENDED' OR kind = 'CLIENT' OR cardinality(roles) = 0) NOT VALID;
ALTER TABLE account VALIDATE CONSTRAINT vendors_have_a_sponsor_an_end_and_an_agreement;
ALTER TABLE account VALIDATE CONSTRAINT only_staff_are_employed;
ALTER TABLE account VALIDATE CONSTRAINT services_have_an_owner;
ALTER TABLE account VALIDATE CONSTRAINT services_have_no_address;
ALTER TABLE account VALIDATE CONSTRAINT roles_fit_the_kind_of_account;
ALTER TABLE account VALIDATE CONSTRAINT former_members_have_no_roles;
-- LAW-35: one person, one account. Somebody who is suspended keeps their address.
CREATE UNIQUE INDEX one_member_of_staff_per_address ON account (organization_id, email_index)
  WHERE kind = 'STAFF' AND state IN ('ACTIVE', 'SUSPENDED');
CREATE INDEX account_of_staff ON account (organization_id, id) WHERE kind IN ('STAFF', 'SERVICE');

-- Somebody who can let others in must be left. Two who remove each other at once meet at the organization's row.
CREATE FUNCTION one_manager_remains() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM organization_profile WHERE organization_id = OLD.organization_id FOR UPDATE;
  IF NOT EXISTS (SELECT FROM account WHERE organization_id = OLD.organization_id AND id <> OLD.id AND kind = 'STAFF'
      AND state = 'ACTIVE' AND 'MANAGER' = ANY (roles)) THEN
    RAISE EXCEPTION 'an organization keeps a manager'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'one_manager_remains', TABLE = 'account';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER one_manager_remains AFTER UPDATE OF state, roles ON account FOR EACH ROW
  WHEN (OLD.kind = 'STAFF' AND OLD.state = 'ACTIVE' AND 'MANAGER' = ANY (OLD.roles)
    AND NOT (NEW.state = 'ACTIVE' AND 'MANAGER' = ANY (NEW.roles)))
  EXECUTE FUNCTION one_manager_remains();

-- An invitation is a link in one mail. The link's token is an HMAC over id and count, so nothing of it stands here.
CREATE TABLE staff_invitation (
  id uuid NOT NULL CONSTRAINT invitation_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL CONSTRAINT one_invitation_per_account UNIQUE,
  invited_by uuid NOT NULL CONSTRAINT nobody_invites_themselves CHECK (invited_by <> account_id),
  state text NOT NULL CONSTRAINT invitation_state_is_known CHECK (state IN ('OPEN', 'ACCEPTED', 'WITHDRAWN')),
  -- The how-manieth mail: a link that was sent before another is void.
  mails integer NOT NULL CONSTRAINT an_invitation_is_mailed_ten_times_at_most CHECK (mails BETWEEN 1 AND 10),
  invited_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CONSTRAINT invitation_holds_a_week_at_most
    CHECK (expires_at > invited_at AND expires_at <= invited_at + interval '168 hours'),
  finished_at timestamptz,
  CONSTRAINT finished_invitation_says_when CHECK ((state = 'OPEN') = (finished_at IS NULL)),
  CONSTRAINT invitation_to_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX staff_invitation_open ON staff_invitation (organization_id, invited_at DESC) WHERE state = 'OPEN';

-- Who gave whom which role, and where: the account holds the sum, this holds how it came about.
CREATE TABLE role_grant (
  id uuid NOT NULL CONSTRAINT role_grant_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  role text NOT NULL CONSTRAINT granted_role_is_of_staff
    CHECK (role IN ('PROVIDER', 'FRONT_DESK', 'BILLING', 'MANAGER', 'COMPLIANCE')),
  -- Null: everywhere. The places are scheduling's; here they are only named.
  location_id uuid,
  granted_by uuid NOT NULL CONSTRAINT nobody_grants_to_themselves CHECK (granted_by <> account_id),
  granted_at timestamptz NOT NULL,
  ended_at timestamptz CONSTRAINT role_grant_ends_after_it_began CHECK (ended_at >= granted_at),
  ended_by uuid,
  CONSTRAINT role_grant_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX role_grant_in_force ON role_grant (account_id) WHERE ended_at IS NULL;

SELECT kept_tenant_wall('staff_invitation');
SELECT kept_tenant_wall('role_grant');
