const key = (reason: string) => ({ personal: false as const, reason });

/**
 * What this package's tables hold, in the form of packages/personal-data (which imports this package, so the form is
 * written here by hand).
 */
export const fieldEncryptionDeclarations = [
  {
    table: 'encryption_key',
    columns: {
      id: key('Name of a key'),
      organization_id: key('The business the key belongs to'),
      purpose: key('Class of data the key is for'),
      version: key('Counts rotations'),
      wrapped_key: key('Key material, wrapped by the root key'),
      created_at: key('When the key was made'),
    },
  },
  {
    table: 'data_subject_key',
    columns: {
      id: key('Name of a key, part of every envelope'),
      organization_id: key('The business the key belongs to'),
      // The random reference outlives the person on purpose: the tombstone is what stops late writes.
      subject_id: key(
        'Random reference of a person; kept as tombstone so that nothing can be sealed for them again',
      ),
      field_class: key('Class of data the key is for'),
      version: key('Counts rotations'),
      encryption_key_id: key('The key that wraps this one'),
      wrapped_key: key('Key material, wrapped; empty once destroyed'),
      created_at: key('When the key was made'),
      destroyed_at: key('When the key was destroyed'),
    },
  },
];
