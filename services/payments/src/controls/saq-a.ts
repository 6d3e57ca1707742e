/**
 * PCI DSS v4.0.1, SAQ A, revision 1 of January 2025 (without 6.4.3, 11.6.1 and 12.3.1, with the criterion about scripts): each item in
 * our words, and what shows it: tests by their tags, or whoever has to answer for it. docs/pci-saq-a.md is made from it, and the
 * build fails on an item with neither.
 */
export interface ControlItem {
  /** The number of the requirement, or E for a criterion of eligibility. */
  readonly id: string;
  readonly what: string;
  /** Tags in names of tests: `PAY-04`, `payments T22`. */
  readonly tests: readonly string[];
  /** Who answers for it, where no test of ours can. */
  readonly owner: string | null;
  /** Rests on the attestation of the payment provider, which runs out (controls/attestation.ts). */
  readonly isAttested?: true;
}

const OPERATOR = 'whoever operates Kept';
const BUSINESS = 'the business, through its own payment provider';

const shown = (id: string, what: string, ...tests: readonly string[]): ControlItem => ({
  id,
  what,
  tests,
  owner: null,
});
const owned = (id: string, what: string, owner: string): ControlItem => ({ id, what, tests: [], owner });

export const SAQ_A: readonly ControlItem[] = [
  shown(
    'E1',
    'Cards are taken without the card being present, and all handling of them is the provider’s',
    'PAY-01',
    'DAT-11',
  ),
  shown('E2', 'Nothing here stores, processes or transmits a card number', 'PAY-04', 'payments T22'),
  {
    ...owned('E3', 'The provider is confirmed to be PCI DSS compliant for what it does', BUSINESS),
    isAttested: true,
  },
  owned('E4', 'Whatever card data is kept at all is on paper, and was not received electronically', BUSINESS),
  shown(
    'E5',
    'Every element of a page that takes a card comes from the provider: its own page, or its own form',
    'PAY-01',
  ),
  owned(
    'E6',
    'The site that leads to the provider’s page or holds its form is not open to attacks by scripts',
    BUSINESS,
  ),
  shown('2.2.2', 'Accounts and secrets that come with a product are changed or refused', 'identity A50'),
  owned('3.1.1', 'Policies and procedures about stored card data are written, known and in use', BUSINESS),
  shown(
    '3.2.1',
    'Nothing about a card is kept longer than needed: tokens end after 13 months without use',
    'DAT-06',
    'ENC-08',
  ),
  shown(
    '3.3.1',
    'Security codes are not kept after authorization, because nothing here can receive one',
    'payments T23',
    'LAW-53',
  ),
  owned('6.3.1', 'New vulnerabilities are found and ranked', OPERATOR),
  owned('6.3.3', 'Critical patches are installed within a month', OPERATOR),
  shown('8.2.1', 'Everybody has an id of their own before they reach anything', 'AUT-17'),
  shown('8.2.2', 'Shared accounts are noticed', 'AUT-12'),
  shown('8.2.5', 'Access ends at once with whoever leaves', 'ACC-05'),
  shown('8.3.1', 'Everybody proves who they are with at least one factor', 'AUT-01'),
  shown('8.3.5', 'First and reset passwords are used once', 'AUT-04'),
  shown('8.3.6', 'Passwords have twelve characters or more', 'AUT-03'),
  shown('8.3.7', 'None of the last passwords is taken again', 'AUT-05'),
  shown(
    '8.3.9',
    'A password alone is changed in time, or the account’s risk is judged at every sign-in',
    'AUT-04',
    'AUT-15',
  ),
  owned('9.4.1', 'Media with card data are kept safe; Kept makes none', BUSINESS),
  owned('9.4.1.1', 'Backups on such media are kept safe; backups of Kept hold no card data', BUSINESS),
  owned('9.4.2', 'Such media are classified', BUSINESS),
  owned('9.4.3', 'Such media are sent by ways that can be followed', BUSINESS),
  owned('9.4.4', 'Managers agree before such media leave', BUSINESS),
  owned('9.4.6', 'Such paper is destroyed when it is not needed', BUSINESS),
  owned('11.3.2', 'The site is scanned from outside every three months by an approved vendor', BUSINESS),
  owned('11.3.2.1', 'It is scanned again after every significant change', BUSINESS),
  owned('12.8.1', 'There is a list of providers that touch card data', BUSINESS),
  owned('12.8.2', 'Each has agreed in writing to be responsible for it', BUSINESS),
  shown(
    '12.8.3',
    'A provider is looked at before it is engaged: a live key needs its entry in the register',
    'PAY-07',
  ),
  { ...owned('12.8.4', 'Their compliance is looked at every year', BUSINESS), isAttested: true },
  owned('12.8.5', 'It is written which requirement is whose: this table', BUSINESS),
  owned('12.10.1', 'A plan says what is done when card data may have been seen', OPERATOR),
  shown('LAW 3', 'No security code, track or PIN is kept anywhere, encrypted or not', 'LAW-53'),
  shown('LAW 4', 'The provider is reached over TLS alone', 'PAY-06'),
  shown('LAW 10', 'Logs of who did what are kept for twelve months at least', 'LAW-53'),
];
