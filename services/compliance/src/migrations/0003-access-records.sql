-- Who looked at whose data: one row per answered operation that gave personal fields, was denied one, or was an emergency
-- read. Fields and references, never a value.
CREATE TABLE access_record (
  id uuid CONSTRAINT an_access_record_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL,
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id uuid,
  session_id uuid,
  request_id text NOT NULL,
  operation_name text,
  operation_hash text NOT NULL,
  operation_kind text NOT NULL,
  client_app text,
  purposes text[] NOT NULL,
  coordinates text[] NOT NULL,
  row_count integer NOT NULL,
  denied text[] NOT NULL,
  violations text[] NOT NULL,
  emergency boolean NOT NULL,
  occurrences integer NOT NULL,
  CONSTRAINT access_records_know_their_actor CHECK ((actor_kind = 'ANONYMOUS') = (actor_id IS NULL)),
  CONSTRAINT access_records_count_something CHECK (row_count >= 0 AND occurrences >= 1)
);
-- The list of an organization and the purge; the list and the window of one person.
CREATE INDEX access_records_by_time ON access_record (organization_id, occurred_at, id);
CREATE INDEX access_records_by_actor ON access_record (organization_id, actor_id, occurred_at, id) INCLUDE (row_count);
SELECT kept_tenant_wall('access_record');

-- Whose data it was. `fields` counts into access_record.coordinates from one, so that a name stands there once.
CREATE TABLE access_subject (
  record_id uuid NOT NULL,
  data_subject_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  actor_id uuid,
  occurred_at timestamptz NOT NULL,
  fields smallint[] NOT NULL,
  CONSTRAINT one_access_per_record_and_person PRIMARY KEY (record_id, data_subject_id),
  CONSTRAINT an_access_belongs_to_a_record FOREIGN KEY (record_id) REFERENCES access_record (id) ON DELETE CASCADE
);
CREATE INDEX accesses_by_data_subject ON access_subject (organization_id, data_subject_id, occurred_at, record_id);
CREATE INDEX accesses_by_actor ON access_subject (organization_id, actor_id, occurred_at) INCLUDE (data_subject_id);
SELECT kept_tenant_wall('access_subject');

-- Somebody read much in a short time, and the people responsible were told. With the limits that were in force.
CREATE TABLE access_alert (
  id uuid CONSTRAINT an_access_alert_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL,
  actor_kind text NOT NULL,
  actor_id uuid NOT NULL,
  raised_at timestamptz NOT NULL,
  people integer NOT NULL,
  row_count integer NOT NULL,
  policy text NOT NULL
);
CREATE INDEX access_alerts_by_actor ON access_alert (organization_id, actor_id, raised_at);
CREATE INDEX access_alerts_by_time ON access_alert (organization_id, raised_at, id);
SELECT kept_tenant_wall('access_alert');

-- Append-only, with one way out: when their period has run, the retention engine removes rows, and says so in its
-- transaction. Nothing else does.
CREATE FUNCTION access_records_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND coalesce(current_setting('kept.retention_rule', true), '') <> '' THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'access records only grow: % is refused', TG_OP
    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'access_records_only_grow';
END $$;
CREATE TRIGGER access_records_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON access_record
  FOR EACH STATEMENT EXECUTE FUNCTION access_records_only_grow();
CREATE TRIGGER access_records_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON access_subject
  FOR EACH STATEMENT EXECUTE FUNCTION access_records_only_grow();
CREATE TRIGGER access_records_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON access_alert
  FOR EACH STATEMENT EXECUTE FUNCTION access_records_only_grow();
