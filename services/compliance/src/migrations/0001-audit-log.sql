-- One transparency log (RFC 6962) per organization. Only the sequencer writes here; nothing sequenced ever changes.
CREATE TABLE audit_log (
  organization_id uuid CONSTRAINT one_audit_log_per_organization PRIMARY KEY,
  size bigint NOT NULL DEFAULT 0,
  CONSTRAINT an_audit_log_never_has_less_than_nothing CHECK (size >= 0)
);
SELECT kept_tenant_wall('audit_log');

-- Admitted and waiting for a number. Order of admission is only a wish; the sequence number is what counts.
CREATE TABLE audit_pending (
  id uuid CONSTRAINT a_pending_entry_waits_once PRIMARY KEY,
  organization_id uuid NOT NULL,
  admission bigint GENERATED ALWAYS AS IDENTITY,
  entry text NOT NULL,
  admitted_at timestamptz NOT NULL
);
CREATE INDEX pending_entries_by_admission ON audit_pending (organization_id, admission);
SELECT kept_tenant_wall('audit_pending');

-- `entry` is canonical JSON (RFC 8785): exactly the bytes that were hashed. It names nobody: see audit_opening.
CREATE TABLE audit_entry (
  organization_id uuid NOT NULL,
  sequence bigint NOT NULL,
  id uuid NOT NULL,
  action text NOT NULL,
  entry text NOT NULL,
  leaf_hash bytea NOT NULL,
  root_after bytea NOT NULL,
  CONSTRAINT one_entry_per_sequence_number PRIMARY KEY (organization_id, sequence),
  CONSTRAINT an_entry_is_sequenced_once UNIQUE (id),
  CONSTRAINT sequence_numbers_count_from_zero CHECK (sequence >= 0),
  CONSTRAINT hashes_of_entries_are_sha256 CHECK (octet_length(leaf_hash) = 32 AND octet_length(root_after) = 32)
);
CREATE INDEX entries_by_action ON audit_entry (organization_id, action, sequence);
SELECT kept_tenant_wall('audit_entry');
SELECT kept_append_only('audit_entry');

-- Complete subtrees above the leaves: what proofs are made of, so that a proof costs log n and not n.
CREATE TABLE audit_node (
  organization_id uuid NOT NULL,
  level smallint NOT NULL,
  index bigint NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT one_hash_per_subtree PRIMARY KEY (organization_id, level, index),
  CONSTRAINT subtrees_stand_above_leaves CHECK (level BETWEEN 1 AND 52 AND index >= 0),
  CONSTRAINT hashes_of_subtrees_are_sha256 CHECK (octet_length(hash) = 32)
);
SELECT kept_tenant_wall('audit_node');
SELECT kept_append_only('audit_node');

CREATE TABLE audit_checkpoint (
  organization_id uuid NOT NULL,
  size bigint NOT NULL,
  root_hash bytea NOT NULL,
  note text NOT NULL,
  signed_at timestamptz NOT NULL,
  CONSTRAINT one_checkpoint_per_tree_size PRIMARY KEY (organization_id, size),
  CONSTRAINT a_checkpoint_vouches_for_something CHECK (size > 0)
);
SELECT kept_tenant_wall('audit_checkpoint');
SELECT kept_append_only('audit_checkpoint');

-- Who an entry is about. The entry itself holds salted commitments: delete the row here and the entry names nobody any
-- more, while every proof stays true.
CREATE TABLE audit_opening (
  entry_id uuid CONSTRAINT one_opening_per_entry PRIMARY KEY,
  organization_id uuid NOT NULL,
  salt bytea NOT NULL,
  actor_id text,
  subject_id text,
  data_subject_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT salts_have_256_bits CHECK (octet_length(salt) = 32)
);
CREATE INDEX openings_by_age ON audit_opening (organization_id, recorded_at, entry_id);
CREATE INDEX openings_by_data_subject ON audit_opening (organization_id, data_subject_id) WHERE data_subject_id IS NOT NULL;
SELECT kept_tenant_wall('audit_opening');
