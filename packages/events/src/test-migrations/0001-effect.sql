-- What the handlers of the tests do: one row each time they run, behind the tenant wall.
CREATE TABLE effect (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL,
  event_id uuid NOT NULL
);
SELECT kept_tenant_wall('effect');
