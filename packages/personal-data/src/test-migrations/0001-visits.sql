-- Tables for this package's own tests: one whose rows go, one whose columns are emptied.
CREATE TABLE visit (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  client_id uuid NOT NULL,
  ended_at timestamptz
);
CREATE INDEX visits_by_end ON visit (organization_id, ended_at, id);
SELECT kept_tenant_wall('visit');

CREATE TABLE card (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  client_id uuid NOT NULL,
  unused_since timestamptz,
  token bytea,
  label bytea
);
SELECT kept_tenant_wall('card');

CREATE TABLE evidence (
  organization_id uuid NOT NULL,
  rule text NOT NULL,
  table_name text NOT NULL,
  removed integer NOT NULL
);
SELECT kept_tenant_wall('evidence');
