CREATE TABLE note (
  id uuid CONSTRAINT note_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT note_of_an_organization REFERENCES organization (id),
  text text NOT NULL CONSTRAINT note_says_something CHECK (text <> ''),
  pages bigint NOT NULL DEFAULT 1,
  day date,
  written_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX one_note_per_text ON note (organization_id, text);
SELECT kept_tenant_wall('note');

CREATE TABLE diary (
  organization_id uuid NOT NULL,
  line text NOT NULL
);
SELECT kept_tenant_wall('diary');
SELECT kept_append_only('diary');

CREATE TABLE counter (
  id integer CONSTRAINT counter_has_one_id PRIMARY KEY,
  value integer NOT NULL,
  CONSTRAINT value_is_settled_at_commit UNIQUE (value) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO counter VALUES (1, 10), (2, 20);
