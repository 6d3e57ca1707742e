import type { Language } from './template.ts';

const NOT_YOU =
  'Wenn Sie das waren, ist nichts zu tun. Wenn nicht, nutzen Sie den Link unten: Er geht ohne Passwort und beendet, was begonnen wurde.';
const SEE_APPOINTMENT = 'Termin ansehen oder ändern';
const EMERGENCIES = 'Notfallzugriffe ansehen';

export const german: Language = {
  code: 'de',
  locale: 'de-DE',
  greeting: (name) => (name === null ? 'Guten Tag,' : `Guten Tag ${name},`),
  closing: (organization) => organization,
  notMe: 'Das war ich nicht',
  genuine: (code) => `Ist diese Nachricht wirklich von uns? Prüfen Sie ihren Code ${code} hier`,
  onBothClocks: (own, there) => `${own}, das ist ${there}`,
  letters: {
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
    'authenticator-removed': ({ organization }) => ({
      subject: 'Der zweite Faktor wurde aus Ihrem Konto entfernt',
      paragraphs: [
        `Ihr Konto bei ${organization} fragt nicht mehr nach einem Code Ihres Authentifikators. Auch Ihre Wiederherstellungscodes gelten nicht mehr, und wir haben Ihre anderen Sitzungen beendet.`,
        NOT_YOU,
      ],
    }),
    'passkey-added': ({ organization }) => ({
      subject: 'Ihrem Konto wurde ein Passkey hinzugefügt',
      paragraphs: [`Ab jetzt öffnet ein Passkey Ihr Konto bei ${organization}.`, NOT_YOU],
    }),
    'passkey-removed': ({ organization }) => ({
      subject: 'Ein Passkey wurde von Ihrem Konto entfernt',
      paragraphs: [`Ein Passkey öffnet Ihr Konto bei ${organization} nicht mehr. Andere Sitzungen wurden beendet.`, NOT_YOU],
    }),
    'passkey-in-doubt': ({ organization }) => ({
      subject: 'Ihr Passkey wurde vielleicht kopiert',
      paragraphs: [`Ein Passkey Ihres Kontos bei ${organization} hat rückwärts gezählt, wie es eine Kopie täte. Er öffnet nichts mehr. Melden Sie sich mit Passwort und einem anderen Faktor an, entfernen Sie ihn und fügen Sie einen neuen hinzu.`, NOT_YOU],
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
    'account-dormant': ({ organization, at }) => ({
      subject: 'Ein Konto wurde lange nicht benutzt',
      paragraphs: [
        `Ein Konto bei ${organization}, das Sie haben oder für das Sie verantwortlich sind, hat lange niemand benutzt. Wenn sich niemand damit anmeldet, wird es ${at('suspendedAt')} geschlossen.`,
        'Wird es nicht mehr gebraucht, ist nichts zu tun.',
      ],
      link: 'Zur Anmeldung',
    }),
    'booking-requested': ({ organization, when }) => ({
      subject: 'Wir haben Ihre Anfrage erhalten',
      paragraphs: [
        `Wir halten diese Zeit bei ${organization} für Sie frei: ${when}.`,
        'Sie ist noch nicht bestätigt. Wir schreiben Ihnen, sobald sie es ist oder wenn es nicht geht.',
      ],
      link: 'Anfrage ansehen',
    }),
    'booking-confirmed': ({ organization, when }) => ({
      subject: 'Ihr Termin ist bestätigt',
      paragraphs: [
        `Ihr Termin bei ${organization} ist bestätigt: ${when}.`,
        'Die angehängte Datei trägt ihn in Ihren Kalender ein.',
      ],
      link: SEE_APPOINTMENT,
    }),
    'booking-rescheduled': ({ organization, when }) => ({
      subject: 'Ihr Termin hat eine neue Zeit',
      paragraphs: [
        `Ihr Termin bei ${organization} wurde verlegt. Die neue Zeit ist ${when}.`,
        'Die angehängte Datei ändert ihn in Ihrem Kalender.',
      ],
      link: SEE_APPOINTMENT,
    }),
    'booking-cancelled': ({ organization, when }) => ({
      subject: 'Ihr Termin ist abgesagt',
      paragraphs: [
        `Ihr Termin bei ${organization}, ${when}, ist abgesagt.`,
        'Die angehängte Datei nimmt ihn aus Ihrem Kalender.',
      ],
      link: 'Neuen Termin vereinbaren',
    }),
    'booking-declined': ({ organization, when }) => ({
      subject: 'Ihre Anfrage konnte nicht bestätigt werden',
      paragraphs: [
        `Es tut uns leid: Ihre Anfrage bei ${organization} für ${when} kann nicht bestätigt werden. Das hat ein Mensch entschieden, und Sie können uns dazu fragen.`,
        'Geld, das dafür zurückgelegt war, erhalten Sie zurück.',
      ],
      link: 'Andere Zeit suchen',
    }),
    'booking-expired': ({ organization, when }) => ({
      subject: 'Ihre Anfrage wurde nicht rechtzeitig beantwortet',
      paragraphs: [
        `Es tut uns leid: Niemand hat Ihre Anfrage bei ${organization} für ${when} rechtzeitig beantwortet. Die Zeit ist darum wieder frei.`,
        'Geld, das dafür zurückgelegt war, erhalten Sie zurück.',
      ],
      link: 'Andere Zeit suchen',
    }),
    'booking-no-show': ({ organization, when }) => ({
      subject: 'Wir haben Sie vermisst',
      paragraphs: [
        `Sie hatten einen Termin bei ${organization}, ${when}, und wir haben vermerkt, dass Sie nicht kommen konnten.`,
        'Wenn das ein Irrtum ist, sagen Sie uns bitte Bescheid.',
      ],
      link: 'Neuen Termin vereinbaren',
    }),
    'booking-reminder': ({ organization, when }) => ({
      subject: 'Erinnerung an Ihren Termin',
      paragraphs: [
        `Sie haben einen Termin bei ${organization}: ${when}.`,
        'Sie haben uns gebeten, Sie zu erinnern. Das können Sie jederzeit ändern.',
      ],
      link: SEE_APPOINTMENT,
    }),
    'provider-changed': ({ organization, when }) => ({
      subject: 'Ein Termin hat einen neuen Ansprechpartner',
      paragraphs: [`Um den Termin bei ${organization}, ${when}, kümmert sich jetzt jemand anderes.`],
      link: 'Termin ansehen',
    }),
    'series-confirmed': ({ organization, when, count }) => ({
      subject: 'Ihre Termine sind bestätigt',
      paragraphs: [
        `${count('count')} Termine bei ${organization} sind bestätigt. Der erste ist ${when}.`,
        'Sie finden alle auf unseren Seiten und können jeden für sich ändern.',
      ],
      link: 'Termine ansehen',
    }),
    'waitlist-offer': ({ organization, when, at }) => ({
      subject: 'Eine Zeit ist für Sie frei geworden',
      paragraphs: [
        `Eine Zeit, auf die Sie bei ${organization} warten, ist frei: ${when}.`,
        `Wir halten sie für Sie bis ${at('offerUntil')}. Danach wird die nächste Person gefragt.`,
      ],
      link: 'Diese Zeit nehmen',
    }),
    'waitlist-offer-ended': ({ organization, when }) => ({
      subject: 'Die für Sie gehaltene Zeit ist wieder frei',
      paragraphs: [
        `Die Zeit, die wir bei ${organization} für Sie gehalten haben, ${when}, wurde nicht angenommen und weiter angeboten.`,
        'Sie bleiben auf der Liste wie bisher, wenn Sie sie nicht verlassen haben.',
      ],
      link: 'Ihren Platz auf der Liste ansehen',
    }),
    'calendar-connection-failed': ({ organization }) => ({
      subject: 'Ihr Kalender kann nicht gelesen werden',
      paragraphs: [
        `Wir können einen Kalender nicht lesen, den Sie bei ${organization} verbunden haben. Bis das wieder geht, werden vielleicht Zeiten nicht angeboten, die Sie frei hätten.`,
        'Bitte sehen Sie sich die Verbindung an und verbinden Sie den Kalender nötigenfalls neu.',
      ],
      link: 'Kalender ansehen',
    }),
    'payment-captured': ({ organization, amount }) => ({
      subject: 'Wir haben Ihre Zahlung erhalten',
      paragraphs: [
        `Wir haben Ihre Zahlung von ${amount} für Ihren Termin bei ${organization} erhalten. Vielen Dank.`,
      ],
      link: 'Zahlungen ansehen',
    }),
    'payment-refunded': ({ organization, amount }) => ({
      subject: 'Ihre Erstattung ist unterwegs',
      paragraphs: [
        `Wir haben ${amount} für Ihren Termin bei ${organization} erstattet. Bis Ihre Bank das zeigt, können einige Tage vergehen.`,
      ],
      link: 'Zahlungen ansehen',
    }),
    'large-download': ({ organization, count }) => ({
      subject: 'Jemand hat ungewöhnlich viele Datensätze gelesen',
      paragraphs: [
        `Ein Konto bei ${organization} hat innerhalb von ${count('minutes')} Minuten Daten von ${count('people')} Personen in ${count('rows')} Datensätzen gesehen. Das ist mehr, als ein gewöhnlicher Tag braucht.`,
        'Wessen Konto es ist und was gelesen wurde, steht im Prüfprotokoll (large_download) und in den Zugriffsnachweisen. Wenn es nicht beabsichtigt war, sperren Sie zuerst das Konto und fragen Sie danach.',
      ],
      link: 'Zum Prüfprotokoll',
    }),
    'unusual-changes': ({ organization, count }) => ({
      subject: 'Termine wurden auf ungewöhnliche Weise geändert',
      paragraphs: [
        `Ein Konto bei ${organization} hat Termine so geändert, wie es ein gewöhnlicher Tag nicht braucht: ${count('count')} innerhalb von ${count('minutes')} Minuten.`,
        'Wessen Konto es ist und was geändert wurde, steht im Prüfprotokoll (unusual_changes) und in der Geschichte der Termine. Wenn es nicht beabsichtigt war, sperren Sie zuerst das Konto und fragen Sie danach.',
      ],
      link: 'Zum Prüfprotokoll',
    }),
    'review-waiting': ({ organization, count, at }) => ({
      subject: 'Eine ungewöhnliche Buchung wartet auf Sie',
      paragraphs: [
        `Eine Buchung bei ${organization} ist aufgefallen und wartet auf eine Leitungsperson: insgesamt ${count('count')}. Ihre Zeit ist bis ${at('decideBy')} freigehalten.`,
        'Was aufgefallen ist und was zu tun ist, steht in der Prüfliste. Abgelehnt wird nur, wenn jemand es entscheidet.',
      ],
      link: 'Zur Prüfliste',
    }),
  },
};
