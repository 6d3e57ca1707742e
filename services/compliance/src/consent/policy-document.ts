import { createHash } from 'node:crypto';
import { NotPersonal } from '@kept/personal-data';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { canonicalJson } from '../audit/canonical-json.ts';

/** A text that people are shown and agree to, in one version and one language. It never changes. */
@Entity('policy_document')
export class PolicyDocument {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business whose text it is')
  organizationId!: string;

  @Column('text')
  @NotPersonal('What the text is about')
  purpose!: string;

  @Column('text')
  @NotPersonal('Language of the text')
  language!: string;

  @Column('integer')
  @NotPersonal('Version; a new one means that consent is asked again')
  major!: number;

  @Column('integer')
  @NotPersonal('Version; a new one changes nothing that was agreed')
  minor!: number;

  @Column('text')
  @NotPersonal('Heading, written by the business')
  title!: string;

  @Column('text')
  @NotPersonal('Wording, written by the business')
  text!: string;

  @Column('text')
  @NotPersonal('Digest of the wording')
  hash!: string;

  @Column('timestamptz', { name: 'published_at' })
  @NotPersonal('When it was published')
  publishedAt!: Date;

  get version(): string {
    return `${this.major}.${this.minor}`;
  }
}

/** The name of a text: whoever has it can check which words somebody agreed to. */
export function hashOfDocument(
  document: Pick<PolicyDocument, 'purpose' | 'language' | 'major' | 'minor' | 'title' | 'text'>,
): string {
  const { purpose, language, major, minor, title, text } = document;
  return createHash('sha256')
    .update(canonicalJson({ purpose, language, version: `${major}.${minor}`, title, text }))
    .digest('hex');
}
