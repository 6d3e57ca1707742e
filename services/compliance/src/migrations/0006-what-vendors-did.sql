-- What people did who work for a business and not in it is looked at by itself (ACC-07): few among many.
CREATE INDEX entries_of_vendors ON audit_entry (organization_id, sequence)
  WHERE entry::jsonb #>> '{actor,kind}' = 'VENDOR';
