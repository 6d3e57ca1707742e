/** The rules of a service that a page states. */
export interface StatedRules {
  readonly cancelUntil: string | null;
  readonly moveUntil: string | null;
  readonly moves: number;
  readonly deposit: string | null;
  readonly leadTime: string | null;
  readonly approval: boolean;
  readonly noShowFee: string | null;
  readonly lateFee: string | null;
}

/** One language: a file beside this one, entered in `languages.ts`. */
export interface NoticeLanguage {
  readonly code: string;
  /** For numbers, amounts and lengths of time. */
  readonly locale: string;
  readonly title: string;
  readonly who: (organizationName: string) => string;
  /** By the names of purposes in the declarations. */
  readonly purposes: Readonly<Record<string, string>>;
  readonly otherPurpose: string;
  /** By the names of lawful bases in the declarations. */
  readonly bases: Readonly<Record<string, string>>;
  readonly otherBasis: string;
  /** By the terms of the Data Privacy Vocabulary in the declarations. */
  readonly categories: Readonly<Record<string, string>>;
  readonly otherCategory: string;
  readonly keptFor: (period: string) => string;
  readonly rights: string;
  readonly whole: string;
  readonly rules: (rules: StatedRules) => (string | null)[];
}
