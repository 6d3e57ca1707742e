-- From where the people of an organization may come, and the way in when that keeps the wrong ones out. As with isolations,
-- gateways are told of every organization's in one administrative job, so neither stands behind the tenant wall.
CREATE TABLE network_rule (
  id uuid NOT NULL CONSTRAINT network_rule_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  name text NOT NULL CONSTRAINT network_rule_has_a_name CHECK (length(name) BETWEEN 1 AND 100),
  mode text NOT NULL CONSTRAINT network_rule_mode_is_known CHECK (mode IN ('MONITOR', 'ENFORCE')),
  roles text[] NOT NULL CONSTRAINT network_rule_is_for_roles CHECK (cardinality(roles) > 0
    AND roles <@ ARRAY['CLIENT', 'PROVIDER', 'FRONT_DESK', 'BILLING', 'MANAGER', 'COMPLIANCE']),
  allow cidr[] NOT NULL,
  deny cidr[] NOT NULL,
  allow_countries text[] NOT NULL,
  deny_countries text[] NOT NULL,
  set_by uuid NOT NULL,
  set_at timestamptz NOT NULL,
  ended_at timestamptz,
  ended_by uuid,
  CONSTRAINT network_rule_says_something CHECK
    (cardinality(allow) + cardinality(deny) + cardinality(allow_countries) + cardinality(deny_countries) BETWEEN 1 AND 200),
  CONSTRAINT network_rule_is_ended_by_somebody CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX network_rule_in_force ON network_rule (organization_id) WHERE ended_at IS NULL;

CREATE FUNCTION network_rule_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.ended_at IS NULL AND (to_jsonb(OLD) - 'ended_at' - 'ended_by') = (to_jsonb(NEW) - 'ended_at' - 'ended_by') THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a network rule stays as it was written; end it and write another'
    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'network_rule_only_ends';
END $$;
CREATE TRIGGER network_rule_only_ends BEFORE UPDATE ON network_rule
  FOR EACH ROW EXECUTE FUNCTION network_rule_only_ends();

-- Break-glass: made in advance, each opens one network for four hours, once.
CREATE TABLE network_pass (
  id uuid NOT NULL CONSTRAINT network_pass_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  code_hash bytea NOT NULL CONSTRAINT network_pass_code_is_given_once UNIQUE,
  made_by uuid NOT NULL,
  made_at timestamptz NOT NULL,
  usable_until timestamptz NOT NULL,
  used_at timestamptz,
  network text,
  open_until timestamptz,
  CONSTRAINT network_pass_is_open_for_four_hours CHECK
    ((used_at IS NULL) = (open_until IS NULL) AND (open_until IS NULL OR open_until = used_at + interval '4 hours')),
  CONSTRAINT network_pass_is_used_in_time CHECK (used_at <= usable_until),
  CONSTRAINT network_pass_opens_a_network CHECK (network IS NULL OR used_at IS NOT NULL)
);
CREATE INDEX network_pass_open ON network_pass (organization_id, open_until) WHERE open_until IS NOT NULL;
CREATE INDEX network_pass_by_age ON network_pass (usable_until);

CREATE TRIGGER hint_control AFTER INSERT OR UPDATE ON network_rule FOR EACH STATEMENT EXECUTE FUNCTION hint_control();
CREATE TRIGGER hint_control AFTER INSERT OR UPDATE ON network_pass FOR EACH STATEMENT EXECUTE FUNCTION hint_control();
