import { refused } from '@kept/subgraph-kit';

// LAW-35 (45 CFR 164.312(a)(2)(i)): what is done must be traceable to one person, so nobody shares an account. These name
// a desk or a group in the languages we write in; nobody is called so.
const GROUPS = new Set(
  `reception receptionist rezeption empfang accueil recepcion recepción frontdesk helpdesk team equipe équipe equipo
   office buero büro bureau oficina secretariat sekretariat secrétariat secretaría secretaria admin administrator
   administration verwaltung administración info information kontakt contact contacto support soporte noreply sysadmin
   webmaster postmaster root personal-pool employees mitarbeiter personnel empleados`.split(/\s+/),
);
// Names too, some of them: refused only where nothing else is left of a name.
const PERHAPS = new Set(
  `the our shared common general main front back desk sales service services billing accounts account accounting booking
   bookings appointments practice clinic praxis klinik clinique clinica clínica studio salon shop staff user test guest
   manager management owner hello mail email post provider therapist doctor nurse der die das unser le la les notre el los
   gemeinsam termine rezept vente ventas verkauf rechnung buchung cita citas rendezvous facturation facturacion`.split(
    /\s+/,
  ),
);
// What mailboxes of several people are called (RFC 2142 and what is usual in our languages).
const SHARED = new Set([
  ...GROUPS,
  ...`sales service services billing accounts accounting accountspayable booking bookings appointments appointment practice clinic
   praxis klinik clinique clinica studio salon shop staff hello hallo bonjour hola hi mail email post everyone all
   enquiries enquiry inquiries anfrage anfragen termine termin buchung buchungen rechnung rechnungen buchhaltung
   rendezvous rdv reservation reservations reservas reserva citas cita facturation facturacion ventas ventes verkauf
   security privacy datenschutz abuse hostmaster marketing press presse jobs career careers bewerbung hr frontoffice
   backoffice desk front manager management direction direccion leitung geschaeftsleitung users shared test`.split(
    /\s+/,
  ),
]);

const wordsOf = (name: string): string[] =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .split(/[\s.,_'’-]+/u)
    .filter((word) => word !== '');

/** Whether a name can be that of one person. People with a single name, or with one in any script, have one. */
export function isPersonName(name: string): boolean {
  const words = wordsOf(name);
  if (!/\p{L}/u.test(name) || /[\p{N}@&+/\\|<>]/u.test(name)) return false;
  if (words.some((word) => GROUPS.has(word)) || words.some((word) => ['and', 'und', 'et'].includes(word)))
    return false;
  return words.some((word) => !PERHAPS.has(word));
}

/** Whether an address in canonical form is one that several people read, going by what stands before the @. */
export function isSharedAddress(email: string): boolean {
  const local = email.slice(0, email.lastIndexOf('@')).replace(/\+.*$/, '');
  const parts = local.split(/[._-]+/).map((part) => part.replace(/\d+$/, ''));
  return SHARED.has(parts.join('')) || parts.every((part) => part === '' || SHARED.has(part));
}

/** Refuses a name that is not one person's. */
export function demandPersonName(name: string): void {
  if (isPersonName(name)) return;
  throw refused.badInput(
    'Please give the name of one person. Everybody on the staff has an account of their own, so that it is known who did what.',
    { field: 'displayName' },
  );
}

/** Refuses an address that several people read. */
export function demandOwnAddress(email: string): void {
  if (!isSharedAddress(email)) return;
  throw refused.badInput(
    'Please give an address that one person alone reads. Whoever reads a shared mailbox could sign in as its owner.',
    { field: 'email' },
  );
}
