-- Keys of keys. The root key lies outside the database; whoever has only this table has nothing.
CREATE TABLE encryption_key (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  purpose text NOT NULL,
  version integer NOT NULL,
  wrapped_key bytea NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT an_encryption_key_has_a_known_purpose
    CHECK (purpose IN ('contact', 'sensitive', 'credential', 'payment_reference', 'blind_index')),
  CONSTRAINT encryption_key_versions_count_from_one CHECK (version >= 1),
  CONSTRAINT one_encryption_key_per_purpose_and_version UNIQUE (organization_id, purpose, version)
);
SELECT kept_tenant_wall('encryption_key');

-- One key per person and class. Destroying it is erasing everything sealed under it; the row stays as a tombstone.
CREATE TABLE data_subject_key (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  field_class text NOT NULL,
  version integer NOT NULL,
  encryption_key_id uuid,
  wrapped_key bytea,
  created_at timestamptz NOT NULL,
  destroyed_at timestamptz,
  CONSTRAINT a_data_subject_key_names_its_encryption_key
    FOREIGN KEY (encryption_key_id) REFERENCES encryption_key (id),
  CONSTRAINT a_data_subject_key_has_a_known_class
    CHECK (field_class IN ('contact', 'sensitive', 'credential', 'payment_reference')),
  CONSTRAINT data_subject_key_versions_count_from_one CHECK (version >= 1),
  CONSTRAINT a_data_subject_key_is_there_or_destroyed
    CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL)),
  CONSTRAINT a_wrapped_key_names_what_wraps_it CHECK (wrapped_key IS NULL OR encryption_key_id IS NOT NULL),
  CONSTRAINT one_data_subject_key_per_class_and_version UNIQUE (organization_id, subject_id, field_class, version)
);
SELECT kept_tenant_wall('data_subject_key');

CREATE FUNCTION kept_destroyed_keys_stay_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a destroyed data subject key stays destroyed'
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'destroyed_keys_stay_destroyed';
END $$;
CREATE TRIGGER destroyed_keys_stay_destroyed BEFORE UPDATE OR DELETE ON data_subject_key
  FOR EACH ROW WHEN (OLD.destroyed_at IS NOT NULL) EXECUTE FUNCTION kept_destroyed_keys_stay_destroyed();
