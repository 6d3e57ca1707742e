import type { NoticeLanguage } from './notice-language.ts';

export const german: NoticeLanguage = {
  code: 'de',
  locale: 'de-DE',
  title: 'Was wir mit Ihren Daten tun',
  who: (name) => `Verantwortlich für Ihre Daten ist ${name}.`,
  purposes: {
    'booking.service': 'Um Ihren Termin zu vereinbaren, freizuhalten und wahrzunehmen',
    'booking.reminder': 'Um Sie an ihn zu erinnern',
    'account.security': 'Um Buchungen vor Missbrauch zu schützen',
    accountability: 'Um später zeigen zu können, was geschah und dass es rechtmäßig war',
    payment: 'Um Anzahlungen anzunehmen und zu erstatten',
  },
  otherPurpose: 'Um die Buchungen zu betreiben',
  bases: {
    'gdpr:A6-1-a':
      'weil Sie eingewilligt haben; das können Sie jederzeit widerrufen (Art. 6 Abs. 1 lit. a DSGVO)',
    'gdpr:A6-1-b': 'weil der Termin es erfordert (Art. 6 Abs. 1 lit. b DSGVO)',
    'gdpr:A6-1-c': 'weil das Gesetz es verlangt (Art. 6 Abs. 1 lit. c DSGVO)',
    'gdpr:A6-1-f':
      'weil es Sie und andere schützt und das hier überwiegt; Sie können widersprechen (Art. 6 Abs. 1 lit. f DSGVO)',
  },
  otherBasis: 'wie die vollständige Erklärung sagt',
  categories: {
    'kept:Schedule': 'Zeiten von Terminen',
    'pd:ServiceConsumptionBehaviour': 'was Sie gebucht haben',
    'pd:Communication': 'was Sie uns schreiben',
    'pd:MedicalHealth': 'Ihre Antworten auf Fragen vor dem Termin',
    'pd:DeviceBased': 'Namen Ihrer Geräte',
    'pd:Identifying': 'eine zufällige Nummer, die für Sie steht',
    'pd:Name': 'Namen',
    'pd:EmailAddress': 'E-Mail-Adresse',
    'pd:TelephoneNumber': 'Telefonnummer',
    'pd:IPAddress': 'eine gekürzte Netzwerkadresse, als Prüfsumme mit Schlüssel',
    'pd:Age': 'ob jemand ein Kind ist',
    'pd:Authenticating': 'der Nachweis, dass eine Anfrage von Ihnen ist',
    'pd:Behavioural': 'Anzeichen von Missbrauch',
    'pd:FamilyStructure': 'für wen Sie buchen',
    'pd:Location': 'Zeitzone',
  },
  otherCategory: 'weitere Angaben zur Buchung',
  keptFor: (period) => `höchstens ${period}`,
  rights:
    'Sie können Ihre Daten einsehen, berichtigen, mitnehmen oder löschen lassen, ihrer Verwendung widersprechen und sich bei einer Aufsichtsbehörde beschweren.',
  whole: 'Die vollständige Datenschutzerklärung lesen',
  rules: (rules) => [
    rules.deposit && `Bei der Buchung ist eine Anzahlung von ${rules.deposit} fällig.`,
    rules.approval ? 'Wir bestätigen jede Anfrage selbst, bevor sie gilt.' : null,
    rules.leadTime && `Bitte buchen Sie mindestens ${rules.leadTime} im Voraus.`,
    rules.cancelUntil === null
      ? 'Sie können bis zum Beginn des Termins absagen.'
      : `Bis ${rules.cancelUntil} vor dem Termin können Sie kostenlos absagen.`,
    rules.lateFee && `Eine spätere Absage kostet ${rules.lateFee}.`,
    rules.noShowFee && `Wer nicht kommt, zahlt ${rules.noShowFee}.`,
    rules.moves === 0
      ? 'Der Termin kann nicht verlegt werden.'
      : `Sie können ihn ${rules.moves === 1 ? 'einmal' : `${rules.moves}-mal`} verlegen${rules.moveUntil === null ? '' : `, bis ${rules.moveUntil} vor Beginn`}.`,
  ],
};
