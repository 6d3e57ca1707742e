/** The envelope is damaged, was moved from where it was written, or was sealed under a key this organization does not have. */
export class EnvelopeRefused extends Error {
  override readonly name = 'EnvelopeRefused';
}

/** A value was about to be sealed for a data subject whose keys were destroyed: late writes must not bring a person back. */
export class SubjectErased extends Error {
  override readonly name = 'SubjectErased';

  constructor() {
    super('The keys of this data subject were destroyed; nothing can be stored about them again.');
  }
}
