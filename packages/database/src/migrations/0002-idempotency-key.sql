-- What a write answered, so that asking again answers the same. `result` holds ids and states, never personal data;
-- `request_digest` is SHA-256 over the request together with the key, so equal requests of two people differ.
CREATE TABLE idempotency_key (
  organization_id uuid NOT NULL CONSTRAINT idempotency_key_of_an_organization REFERENCES organization (id),
  actor text NOT NULL,
  operation text NOT NULL,
  key uuid NOT NULL,
  request_digest bytea NOT NULL,
  result jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT one_result_per_idempotency_key PRIMARY KEY (organization_id, actor, operation, key)
);
CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at);
SELECT kept_tenant_wall('idempotency_key');
