import { germanFactorLetters } from './factor-letters.ts';
import type { AccountLetters } from './template.ts';

const NOT_YOU =
  'Wenn Sie das waren, ist nichts zu tun. Wenn nicht, nutzen Sie den Link unten: Er geht ohne Passwort und beendet, was begonnen wurde.';
const EMERGENCIES = 'Notfallzugriffe ansehen';

/** What somebody is told about their account, and those responsible about accounts. */
export const germanAccountLetters: AccountLetters = {
  ...germanFactorLetters,
  'address-code': ({ organization }) => ({
    subject: 'Ihr Bestätigungscode',
    paragraphs: [
      `Bitte bestätigen Sie mit diesem Code, dass diese Adresse Ihre ist (${organization}). Er gilt zehn Minuten.`,
      'Wir fragen diesen Code nie am Telefon oder in einer Nachricht ab. Wenn Sie ihn nicht angefordert haben, beachten Sie diese Nachricht nicht.',
    ],
  }),
  'sign-up-tried': ({ organization }) => ({
    subject: 'Jemand wollte sich mit Ihrer Adresse anmelden',
    paragraphs: [
      `Jemand, vielleicht Sie selbst, wollte mit dieser Adresse ein Konto bei ${organization} eröffnen. Sie haben schon eines, darum wurde nichts geändert.`,
      'Wenn Sie es waren, melden Sie sich mit Ihrem bisherigen Passwort an.',
    ],
    link: 'Zur Anmeldung',
  }),
  'new-device': ({ organization, seen }) => ({
    subject: 'Anmeldung auf einem neuen Gerät',
    paragraphs: [
      `Ihr Konto bei ${organization} wurde auf einem Gerät geöffnet, das wir noch nicht kannten.`,
      ...(seen === '' ? [] : [`Das wissen wir darüber: ${seen}.`]),
      NOT_YOU,
    ],
  }),
  'sign-in-locked': ({ organization }) => ({
    subject: 'Jemand versucht, Ihr Passwort zu erraten',
    paragraphs: [
      `Für Ihr Konto bei ${organization} wurde mehrmals ein falsches Passwort eingegeben. Die Anmeldung auf Geräten, die wir nicht kennen, ist für einige Zeit gesperrt.`,
      'Ihre eigenen Geräte funktionieren wie immer; Sie müssen nichts tun.',
    ],
  }),
  'sign-in-closed': ({ organization }) => ({
    subject: 'Die Anmeldung ist für unbekannte Geräte geschlossen',
    paragraphs: [
      `Jemand hat das Passwort Ihres Kontos bei ${organization} weiter zu erraten versucht. Bis morgen nehmen wir von Geräten, die wir nicht kennen, keines an.`,
      'Ihre eigenen Geräte funktionieren wie immer. Wo nicht, fordern Sie dort einen Link zum Entsperren an; er öffnet nur dieses Gerät und nur zusammen mit Ihrem Passwort.',
    ],
    link: 'Link zum Entsperren anfordern',
  }),
  'sign-in-attack': ({ organization, count }) => ({
    subject: 'Ihre Anmeldungen werden angegriffen',
    paragraphs: [
      `Bei ${organization} schlagen ungewöhnlich viele Anmeldungen fehl: ${count('count')} innerhalb von Minuten. Sie sehen nach erratenen oder gestohlenen Passwörtern aus.`,
      'Wir bremsen das von selbst, und Geräte, auf denen sich jemand schon angemeldet hat, funktionieren weiter. Die Sicherheitsmeldungen zeigen, was wir sehen.',
    ],
  }),
  'unlock-link': ({ organization }) => ({
    subject: 'Ihr Link zum Entsperren',
    paragraphs: [
      `Sie möchten sich bei Ihrem Konto bei ${organization} auf einem Gerät anmelden, das wir nicht kennen. Öffnen Sie diesen Link innerhalb von fünfzehn Minuten auf genau diesem Gerät; danach brauchen Sie wie immer Ihr Passwort.`,
      'Wenn Sie das nicht angefordert haben, öffnen Sie den Link nicht: Ohne ihn kommt niemand hinein.',
    ],
    link: 'Dieses Gerät entsperren',
  }),
  'account-unlocked': ({ organization }) => ({
    subject: 'Ihr Konto ist wieder offen',
    paragraphs: [`Die Leitung von ${organization} hat Ihr Konto wieder geöffnet.`],
  }),
  'account-locked': ({ organization }) => ({
    subject: 'Ihr Konto wurde gesperrt',
    paragraphs: [
      `Ihr Konto bei ${organization} wurde zu seinem Schutz gesperrt, und alle Sitzungen wurden beendet. Die Leitung kann es wieder öffnen.`,
    ],
  }),
  'session-ended': ({ organization }) => ({
    subject: 'Wir haben eine Ihrer Sitzungen beendet',
    paragraphs: [
      `Etwas, das zu einer Sitzung Ihres Kontos bei ${organization} gehört, wurde zweimal verwendet. Das kann heißen, dass es kopiert wurde. Wir haben diese Sitzung beendet.`,
      'Bitte melden Sie sich neu an. Wenn das öfter vorkommt, ändern Sie bitte Ihr Passwort und sagen Sie uns Bescheid.',
    ],
  }),
  'authenticator-enrolled': ({ organization }) => ({
    subject: 'Zu Ihrem Konto kam ein Authentifikator hinzu',
    paragraphs: [
      `Ihr Konto bei ${organization} fragt von jetzt an nach einem Code Ihres Authentifikators.`,
      NOT_YOU,
    ],
  }),
  'passkey-added': ({ organization }) => ({
    subject: 'Ihrem Konto wurde ein Passkey hinzugefügt',
    paragraphs: [`Ab jetzt öffnet ein Passkey Ihr Konto bei ${organization}.`, NOT_YOU],
  }),
  'passkey-removed': ({ organization }) => ({
    subject: 'Ein Passkey wurde von Ihrem Konto entfernt',
    paragraphs: [
      `Ein Passkey öffnet Ihr Konto bei ${organization} nicht mehr. Andere Sitzungen wurden beendet.`,
      NOT_YOU,
    ],
  }),
  'passkey-in-doubt': ({ organization }) => ({
    subject: 'Ihr Passkey wurde vielleicht kopiert',
    paragraphs: [
      `Ein Passkey Ihres Kontos bei ${organization} hat rückwärts gezählt, wie es eine Kopie täte. Er öffnet nichts mehr. Melden Sie sich mit Passwort und einem anderen Faktor an, entfernen Sie ihn und fügen Sie einen neuen hinzu.`,
      NOT_YOU,
    ],
  }),
  'password-reset-code': ({ organization }) => ({
    subject: 'Ihr Code für ein neues Passwort',
    paragraphs: [
      `Jemand möchte für das Konto mit dieser Adresse bei ${organization} ein neues Passwort wählen. Wenn Sie das sind, geben Sie diesen Code dort ein, wo Sie ihn angefordert haben. Er gilt zehn Minuten.`,
      'Wir fragen nie am Telefon oder per E-Mail nach diesem Code. Wenn Sie das nicht waren, beachten Sie diese Nachricht nicht: Es hat sich nichts geändert.',
    ],
  }),
  'second-factor-code': ({ organization }) => ({
    subject: 'Ihr Anmeldecode',
    paragraphs: [
      `Mit diesem Code geht Ihre Anmeldung bei ${organization} weiter. Er gilt fünf Minuten und nur in dem Browser, der ihn angefordert hat.`,
      'Wir fragen nie am Telefon oder per E-Mail nach diesem Code. Wenn Sie sich gerade nicht anmelden, kennt jemand Ihr Passwort: Ändern Sie es.',
    ],
  }),
  'code-factor-enrolled': ({ organization }) => ({
    subject: 'Für Ihr Konto wurden Codes eingeschaltet',
    paragraphs: [
      `Ihr Konto bei ${organization} fragt neben dem Passwort nach einem Code, den wir senden.`,
      NOT_YOU,
    ],
  }),
  'code-factor-removed': ({ organization }) => ({
    subject: 'Für Ihr Konto wurden Codes ausgeschaltet',
    paragraphs: [
      `Ihr Konto bei ${organization} fragt nicht mehr nach einem Code, den wir senden. Andere Sitzungen wurden beendet.`,
      NOT_YOU,
    ],
  }),
  'password-changed': ({ organization }) => ({
    subject: 'Ihr Passwort wurde geändert',
    paragraphs: [
      `Ihr Konto bei ${organization} hat ein neues Passwort. Andere Sitzungen wurden beendet.`,
      NOT_YOU,
    ],
  }),
  'password-expires': ({ organization, at }) => ({
    subject: 'Bitte wählen Sie ein neues Passwort',
    paragraphs: [
      `Ihr Passwort bei ${organization} gilt noch bis ${at('endsAt')}. Bitte wählen Sie vorher in Ihrem Konto ein neues.`,
      'Danach werden Sie bei der nächsten Anmeldung darum gebeten. Wir senden nie einen Link zum Anmelden.',
    ],
  }),
  'contact-change-code': ({ organization }) => ({
    subject: 'Ihr Bestätigungscode',
    paragraphs: [
      `Jemand mit einem Konto bei ${organization} möchte, dass wir künftig an diese Adresse schreiben. Wenn Sie das sind, geben Sie diesen Code ein. Er gilt zehn Minuten.`,
      'Wir fragen diesen Code nie am Telefon oder in einer Nachricht ab. Wenn Sie davon nichts wissen, beachten Sie diese Nachricht nicht.',
    ],
  }),
  'contact-change-taken': ({ organization }) => ({
    subject: 'Jemand wollte Ihre Adresse verwenden',
    paragraphs: [
      `Jemand, vielleicht Sie selbst, wollte diese Adresse für ein anderes Konto bei ${organization} verwenden. Sie gehört schon zu Ihrem Konto, darum wurde nichts geändert.`,
      'Wenn Sie es waren, melden Sie sich mit dieser Adresse an. Wenn nicht, müssen Sie nichts tun.',
    ],
    link: 'Zur Anmeldung',
  }),
  'contact-change-started': (words) => ({
    subject: 'Ihre E-Mail-Adresse soll sich ändern',
    paragraphs: [
      `Jemand, der in Ihrem Konto bei ${words.organization} angemeldet ist, möchte, dass wir künftig an eine andere Adresse schreiben. Das gilt, sobald diese bestätigt ist.`,
      `Wenn Sie das waren, ist nichts zu tun. Wenn nicht, verwenden Sie den Link: Er behält diese Adresse bei, verlangt kein Passwort und gilt bis ${words.at('undoUntil')}.`,
    ],
    link: 'Das war ich nicht',
  }),
  'contact-changed': ({ organization }) => ({
    subject: 'Ihre E-Mail-Adresse wurde geändert',
    paragraphs: [
      `Ihr Konto bei ${organization} hat eine neue E-Mail-Adresse. Drei Tage lang gehen Nachrichten zu Ihren Terminen an die alte und an die neue Adresse.`,
      'Wenn Sie das nicht waren, verwenden Sie den Link in der Nachricht, die die alte Adresse davor erhalten hat.',
    ],
  }),
  'contact-change-undone': ({ organization }) => ({
    subject: 'Ihre E-Mail-Adresse bleibt, wie sie war',
    paragraphs: [
      `Ihr Konto bei ${organization} hat seine frühere E-Mail-Adresse. Alle seine Sitzungen wurden beendet.`,
      'Bitte melden Sie sich an und ändern Sie Ihr Passwort, wenn die Änderung nicht von Ihnen kam.',
    ],
    link: 'Zur Anmeldung',
  }),
  'emergency-access-started': ({ organization, at }) => ({
    subject: 'Ein Notfallzugriff wurde geöffnet',
    paragraphs: [
      `Jemand, der bei ${organization} arbeitet, hat einen Notfallzugriff geöffnet. Er endet spätestens am ${at('until')}.`,
      `Bitte sehen Sie ihn sich an und prüfen Sie ihn bis ${at('reviewDueAt')}. Wenn Sie von keinem Notfall wissen, beenden Sie ihn sofort.`,
    ],
    link: EMERGENCIES,
  }),
  'emergency-access-review-due': ({ organization, at }) => ({
    subject: 'Ein Notfallzugriff wartet auf seine Prüfung',
    paragraphs: [
      `Noch niemand hat einen Notfallzugriff bei ${organization} geprüft. Die Prüfung ist fällig bis ${at('reviewDueAt')}.`,
      'Wer ihn geöffnet hat, kann danach keinen weiteren öffnen, bis er geprüft ist.',
    ],
    link: EMERGENCIES,
  }),
  'not-me-received': ({ organization }) => ({
    subject: 'Ihre Meldung ist angekommen',
    paragraphs: [
      `Sie haben uns gesagt, dass etwas an Ihrem Konto bei ${organization} nicht von Ihnen war. Wir haben beendet, was dazugehört, und jemand sieht es sich an.`,
      'Bitte wählen Sie vor der nächsten Anmeldung ein neues Passwort. Mehr müssen Sie nicht tun.',
    ],
  }),
  'security-case-opened': ({ organization }) => ({
    subject: 'Jemand meldet etwas zur Sicherheit',
    paragraphs: [
      `Jemand mit einem Konto bei ${organization} hat uns gesagt, dass etwas nicht von ihm war oder ihm falsch vorkommt.`,
      'Was gesagt und was beendet wurde, steht bei den Sicherheitsfällen. Bitte sehen Sie es sich heute an.',
    ],
    link: 'Sicherheitsfälle ansehen',
  }),
  'shared-credential': ({ organization }) => ({
    subject: 'Ein Konto wird vielleicht von mehreren benutzt',
    paragraphs: [
      `Ein Konto aus dem Team von ${organization} wurde so benutzt, wie es eine Person allein nicht tut: an zwei Orten zugleich, auf vielen Geräten oder im Wechsel mit einem anderen.`,
      'Wessen Konto es ist und was gesehen wurde, steht bei den Sicherheitsfällen. Niemand wurde ausgesperrt; bitte fragen Sie nach.',
    ],
    link: 'Sicherheitsfälle ansehen',
  }),
  'network-pass-used': ({ organization, at }) => ({
    subject: 'Ein Notfallcode wurde benutzt',
    paragraphs: [
      `Jemand hat einen Code von ${organization} benutzt, der ein Netz trotz der Regeln öffnet. Es ist offen bis ${at('until')}.`,
      'Passwort und zweiter Faktor werden dort wie immer verlangt. Wenn Sie nichts davon wissen, sperren Sie, wer hereinkam, und sagen Sie es den anderen.',
    ],
    link: 'Netzregeln ansehen',
  }),
  // The organization's own words, checked for what must not stand in a mail to everybody.
  'security-update': ({ ownText }) => ({
    ...ownText,
    subject: `Zu Ihrer Sicherheit: ${ownText.subject}`,
  }),
  'staff-invitation': ({ organization }) => ({
    subject: 'Sie sind eingeladen, mit uns zu arbeiten',
    paragraphs: [
      `${organization} lädt Sie zu einem eigenen Konto für die Arbeit ein. Über den Link unten wählen Sie Ihren Namen und Ihr Passwort; er gilt sieben Tage und nur einmal.`,
      'Wir fragen nie in einer E-Mail oder am Telefon nach Ihrem Passwort. Wenn Sie nicht wissen, wer Sie einlädt, beachten Sie diese E-Mail nicht.',
    ],
    link: 'Einladung annehmen',
  }),
  'guardianship-confirmed': ({ organization }) => ({
    subject: 'Sie sind für jemanden verantwortlich',
    paragraphs: [
      `${organization} hat vermerkt, dass Sie, oder auch Sie, für jemanden verantwortlich sind. Melden Sie sich an, um zu sehen, für wen.`,
      'Wenn das nicht stimmt, sagen Sie es bitte am Empfang.',
    ],
    link: 'Sehen, für wen Sie verantwortlich sind',
  }),
  'guardianship-ended': ({ organization }) => ({
    subject: 'Sie sind für jemanden nicht mehr verantwortlich',
    paragraphs: [
      `Sie sind bei ${organization} für jemanden nicht mehr verantwortlich. Ab jetzt sehen Sie nichts mehr davon.`,
      'Wenn das nicht stimmt, fragen Sie bitte am Empfang.',
    ],
    link: 'Zu Ihrem Konto',
  }),
  'own-account': ({ organization }) => ({
    subject: 'Ihr eigenes Konto',
    paragraphs: [
      `${organization} bietet Ihnen ein eigenes Konto an: Bisher hat jemand anderes Ihre Termine vereinbart. Über den Link unten wählen Sie ein Passwort; er gilt sieben Tage und nur einmal. Danach sieht niemand anderes mehr Ihre Termine.`,
      'Wir fragen nie in einer E-Mail oder am Telefon nach Ihrem Passwort. Wenn Sie nicht wissen, worum es geht, beachten Sie diese E-Mail nicht.',
    ],
    link: 'Konto übernehmen',
  }),
  'own-account-proposed': ({ organization }) => ({
    subject: 'Ein eigenes Konto für jemanden',
    paragraphs: [
      `Jemand, der bei ${organization} mit Ihnen für jemanden verantwortlich ist, möchte dieser Person ein eigenes Konto geben. Es geschieht nichts, solange Sie es nicht auch anbieten, für dieselbe Adresse; danach sehen Sie beide nichts mehr davon.`,
      'Wenn Sie das nicht möchten, brauchen Sie nichts zu tun. Wenn Sie nicht wissen, worum es geht, fragen Sie bitte am Empfang.',
    ],
    link: 'Zu Ihrem Konto',
  }),
  'role-requested': ({ organization }) => ({
    subject: 'Jemand bittet um eine Rolle für Stunden',
    paragraphs: [
      `Jemand aus dem Team von ${organization} bittet für einige Stunden um eine Rolle und sagt, warum. Sie können sie geben oder ablehnen.`,
      'Nichts geschieht, bevor jemand anderes darüber entschieden hat.',
    ],
    link: 'Bitte ansehen',
  }),
  'account-dormant': ({ organization, at }) => ({
    subject: 'Ein Konto wurde lange nicht benutzt',
    paragraphs: [
      `Ein Konto bei ${organization}, das Sie haben oder für das Sie verantwortlich sind, hat lange niemand benutzt. Wenn sich niemand damit anmeldet, wird es ${at('suspendedAt')} geschlossen.`,
      'Wird es nicht mehr gebraucht, ist nichts zu tun.',
    ],
    link: 'Zur Anmeldung',
  }),
};
