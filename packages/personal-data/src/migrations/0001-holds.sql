-- What must not be deleted now, whatever the schedule says. Every part that is not null narrows the hold.
CREATE TABLE legal_hold (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  matter text NOT NULL,
  subject_id uuid,
  table_name text,
  row_id uuid,
  field_class text,
  placed_by uuid,
  placed_at timestamptz NOT NULL,
  released_by uuid,
  released_at timestamptz,
  CONSTRAINT a_hold_names_its_matter CHECK (matter <> ''),
  CONSTRAINT a_hold_on_a_row_names_its_table CHECK (row_id IS NULL OR table_name IS NOT NULL),
  CONSTRAINT a_hold_has_a_known_class
    CHECK (field_class IN ('contact', 'sensitive', 'credential', 'payment_reference')),
  CONSTRAINT a_hold_ends_after_it_begins CHECK (released_at >= placed_at)
);
SELECT kept_tenant_wall('legal_hold');
-- The hold test runs for every candidate row of every purge: without these, a batch dies on its timeout.
CREATE INDEX holds_by_subject ON legal_hold (organization_id, subject_id) WHERE released_at IS NULL AND subject_id IS NOT NULL AND row_id IS NULL;
CREATE INDEX holds_by_row ON legal_hold (organization_id, row_id) WHERE released_at IS NULL AND row_id IS NOT NULL;
CREATE INDEX holds_on_everything ON legal_hold (organization_id) WHERE released_at IS NULL AND subject_id IS NULL AND row_id IS NULL;
