-- Every service knows which organizations exist; what they are called is identity's business.
-- No row-level security here: administrative jobs walk this list, one transaction per organization.
CREATE TABLE organization (
  id uuid CONSTRAINT organization_has_one_id PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Puts a table behind the tenant wall. FORCE, because otherwise the owner of the table (who migrates) would pass.
CREATE FUNCTION kept_tenant_wall(walled regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_attribute
    WHERE attrelid = walled AND attname = 'organization_id' AND atttypid = 'uuid'::regtype AND attnotnull AND NOT attisdropped
  ) THEN
    RAISE EXCEPTION 'table % needs a column "organization_id uuid NOT NULL" to stand behind the tenant wall', walled;
  END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', walled);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', walled);
  -- nullif: once a session has set a custom setting, its value outside a transaction is '' instead of NULL.
  EXECUTE format(
    $policy$CREATE POLICY tenant_wall ON %s
      USING (organization_id = nullif(current_setting('kept.organization', true), '')::uuid)
      WITH CHECK (organization_id = nullif(current_setting('kept.organization', true), '')::uuid)$policy$,
    walled);
END $$;

CREATE FUNCTION kept_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % only grows: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = TG_TABLE_NAME || '_only_grows';
END $$;

-- A table that is only added to. The privilege is taken away, and a trigger refuses those who keep it (the owner).
CREATE FUNCTION kept_append_only(growing regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE grantee name;
BEGIN
  EXECUTE format(
    'CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION kept_refuse_change()',
    growing);
  FOR grantee IN
    SELECT DISTINCT r.rolname FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.oid = growing AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', growing, grantee);
  END LOOP;
END $$;
