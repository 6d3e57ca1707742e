-- In which places somebody on the staff has their roles, as identity last told it; no row: it was told nothing yet.
CREATE TABLE staff_places (
  staff_member_id uuid NOT NULL CONSTRAINT staff_have_their_places_once PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  -- Null: everywhere.
  location_ids uuid[] CONSTRAINT staff_work_in_fifty_places_at_most CHECK (cardinality(location_ids) BETWEEN 1 AND 50),
  told_at timestamptz NOT NULL
);
SELECT kept_tenant_wall('staff_places');
