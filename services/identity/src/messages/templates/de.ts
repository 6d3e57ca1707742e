import { germanAccountLetters } from './de-account.ts';
import { inWords } from './formats.ts';
import type { Language } from './template.ts';

const SEE_APPOINTMENT = 'Termin ansehen oder ändern';

export const german: Language = {
  code: 'de',
  locale: 'de-DE',
  greeting: (name) => (name === null ? 'Guten Tag,' : `Guten Tag ${name},`),
  closing: (organization) => organization,
  notMe: 'Das war ich nicht',
  genuine: (code) => `Ist diese Nachricht wirklich von uns? Prüfen Sie ihren Code ${code} hier`,
  onBothClocks: (own, there) => `${own}, das ist ${there}`,
  letters: {
    ...germanAccountLetters,
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
    'booking-unpaid': ({ organization, when }) => ({
      subject: 'Ein Termin ist nicht bezahlt',
      paragraphs: [
        `Für einen Termin bei ${organization}, ${when}, hat die Kundin oder der Kunde die Zahlung nicht rechtzeitig gesichert. Der Termin bleibt bestehen.`,
      ],
      link: SEE_APPOINTMENT,
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
    'payment-card-expiring': ({ organization, count }) => ({
      subject: 'Ihre Karte läuft bald ab',
      paragraphs: [
        `Die Karte mit den Endziffern ${count('last4')}, die Sie bei ${organization} hinterlegt haben, läuft bald ab.`,
        'Wenn Sie die neue Karte rechtzeitig hinterlegen, bleibt alles Vereinbarte bestehen.',
      ],
      link: 'Karten ansehen',
    }),
    'payment-captured': ({ organization, amount, paidFor, partOf }) => ({
      subject: 'Wir haben Ihre Zahlung erhalten',
      paragraphs: [
        `Wir haben Ihre Zahlung von ${amount} für ${paidFor('Ihren Termin', 'Ihre Mehrfachkarte')} bei ${organization} erhalten. Vielen Dank.`,
        ...inWords([
          [partOf('tax'), (tax) => `Darin sind ${tax} Steuer enthalten.`],
          [partOf('tip'), (tip) => `Darin ist Ihr Trinkgeld von ${tip} enthalten.`],
          [partOf('discount'), (discount) => `Ein Rabatt von ${discount} wurde abgezogen.`],
        ]),
      ],
      link: 'Zahlungen ansehen',
    }),
    'payment-fee-charged': ({ organization, amount, partOf }) => ({
      subject: 'Für Ihren Termin wurde eine Gebühr berechnet',
      paragraphs: [
        `Für Ihren Termin bei ${organization} wurde die Gebühr berechnet, der Sie bei der Buchung zugestimmt haben: ${amount}.`,
        ...inWords([[partOf('tax'), (tax) => `Darin sind ${tax} Steuer enthalten.`]]),
        'Wenn das aus Ihrer Sicht nicht stimmt, wenden Sie sich bitte an den Betrieb.',
      ],
      link: 'Zahlungen ansehen',
    }),
    'payment-refunded': ({ organization, amount, paidFor }) => ({
      subject: 'Ihre Erstattung ist unterwegs',
      paragraphs: [
        `Wir haben ${amount} für ${paidFor('Ihren Termin', 'Ihre Mehrfachkarte')} bei ${organization} erstattet. Bis Ihre Bank das zeigt, können einige Tage vergehen.`,
      ],
      link: 'Zahlungen ansehen',
    }),
    'payment-refund-failed': ({ organization, amount, paidFor }) => ({
      subject: 'Ihre Erstattung ist nicht angekommen',
      paragraphs: [
        `${amount} für ${paidFor('Ihren Termin', 'Ihre Mehrfachkarte')} bei ${organization} konnten nicht auf Ihre Karte erstattet werden. Der Betrieb weiß davon und findet einen anderen Weg.`,
      ],
      link: 'Zahlungen ansehen',
    }),
    'payment-released': ({ organization, amount, paidFor }) => ({
      subject: 'Eine Reservierung auf Ihrer Karte wurde aufgehoben',
      paragraphs: [
        `${amount}, die für ${paidFor('Ihren Termin', 'Ihre Mehrfachkarte')} bei ${organization} reserviert waren, sind wieder frei. Es wurde nichts abgebucht; bis Ihre Bank das zeigt, können einige Tage vergehen.`,
      ],
      link: 'Zahlungen ansehen',
    }),
    'payment-expired': ({ organization, amount, paidFor }) => ({
      subject: 'Eine Reservierung auf Ihrer Karte ist abgelaufen',
      paragraphs: [
        `Die Reservierung von ${amount} für ${paidFor('Ihren Termin', 'Ihre Mehrfachkarte')} bei ${organization} ist abgelaufen. Es wurde nichts abgebucht.`,
      ],
      link: 'Zahlungen ansehen',
    }),
    'payment-action-needed': ({ organization, amount, at }) => ({
      subject: 'Bitte sehen Sie nach der Zahlung für Ihren Termin',
      paragraphs: [
        `${amount} für Ihren Termin bei ${organization} konnten auf Ihrer Karte nicht reserviert werden: Ihre Bank möchte Ihre Bestätigung oder hat abgelehnt.`,
        `Bitte bestätigen Sie die Zahlung oder wählen Sie eine andere Karte, bis ${at('dueAt')}. Danach kann der Termin an jemand anderen vergeben werden.`,
      ],
      link: 'Zur Zahlung',
    }),
    'payment-balance-due': ({ organization, amount }) => ({
      subject: 'Ihr Termin kostet zur neuen Zeit mehr',
      paragraphs: [
        `Ihr Termin bei ${organization} wurde verschoben und kostet mehr, als Sie bezahlt haben: ${amount} sind noch offen.`,
        'Sie können jetzt bezahlen oder beim Termin.',
      ],
      link: 'Jetzt bezahlen',
    }),
    'payment-disputed': ({ organization, amount, paidFor }) => ({
      subject: 'Ihre Bank beanstandet eine Zahlung',
      paragraphs: [
        `Ihre Bank hat uns mitgeteilt, dass eine Zahlung von ${amount} für ${paidFor('Ihren Termin', 'Ihre Mehrfachkarte')} bei ${organization} beanstandet wird. Sie entscheidet nun; bis dahin kann diese Zahlung nicht erstattet werden.`,
      ],
      link: 'Zahlungen ansehen',
    }),
    'payment-dispute-closed': ({ organization, amount, paidFor }) => ({
      subject: 'Ihre Bank hat über eine Zahlung entschieden',
      paragraphs: [
        `Ihre Bank hat über die Beanstandung einer Zahlung von ${amount} für ${paidFor('Ihren Termin', 'Ihre Mehrfachkarte')} bei ${organization} entschieden. Wie, erfahren Sie von ihr.`,
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
    'payment-incident': ({ organization, count }) => ({
      subject: 'Zahlungen müssen angesehen werden',
      paragraphs: [
        `Die Bücher von ${organization} und der Zahlungsdienstleister sagen nicht dasselbe, oder die Bücher widersprechen sich. Offene Vorfälle: ${count('count')}.`,
        'Um welche Zahlung es geht und was beide Seiten sagen, steht in der Liste der Zahlungsvorfälle. Bewegt wurde nichts; was falsch ist, wird beim Zahlungsdienstleister berichtigt.',
      ],
      link: 'Zu den Zahlungsvorfällen',
    }),
    'processor-attestation': ({ organization, count }) => ({
      subject: 'Der Nachweis Ihres Zahlungsdienstleisters läuft ab',
      paragraphs: [
        `Der PCI-DSS-Nachweis des Zahlungsdienstleisters, über den ${organization} Karten annimmt, ist als gültig bis ${count('validUntil')} eingetragen. Nach diesem Tag starten Zahlungen erst wieder, wenn es einen neuen gibt.`,
        'Bitte fordern Sie ihn beim Zahlungsdienstleister an und sorgen Sie dafür, dass das neue Datum von denen eingetragen wird, die dieses System betreiben. Der Vorfall endet dann von selbst.',
      ],
      link: 'Zu den Zahlungsvorfällen',
    }),
  },
};
