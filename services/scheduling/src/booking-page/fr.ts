import type { NoticeLanguage } from './notice-language.ts';

export const french: NoticeLanguage = {
  code: 'fr',
  locale: 'fr-FR',
  title: 'Ce que nous faisons de vos données',
  who: (name) => `${name} est responsable de vos données.`,
  purposes: {
    'booking.service': 'Pour prendre, garder et assurer votre rendez-vous',
    'booking.reminder': 'Pour vous le rappeler',
    'account.security': 'Pour protéger les réservations contre les abus',
    accountability: 'Pour montrer ensuite ce qui a été fait, et que c’était licite',
    payment: 'Pour recevoir et rembourser les acomptes',
  },
  otherPurpose: 'Pour gérer les réservations',
  bases: {
    'gdpr:A6-1-a':
      'parce que vous y avez consenti ; vous pouvez revenir dessus à tout moment (RGPD, art. 6, § 1, a)',
    'gdpr:A6-1-b': 'parce que le rendez-vous l’exige (RGPD, art. 6, § 1, b)',
    'gdpr:A6-1-c': 'parce que la loi l’exige (RGPD, art. 6, § 1, c)',
    'gdpr:A6-1-f':
      'parce que cela vous protège, vous et d’autres, ce qui l’emporte ici ; vous pouvez vous y opposer (RGPD, art. 6, § 1, f)',
  },
  otherBasis: 'comme le dit la notice complète',
  categories: {
    'kept:Schedule': 'les heures des rendez-vous',
    'pd:ServiceConsumptionBehaviour': 'ce que vous avez réservé',
    'pd:Communication': 'ce que vous nous écrivez',
    'pd:MedicalHealth': 'vos réponses aux questions posées avant le rendez-vous',
    'pd:DeviceBased': 'les noms de vos appareils',
    'pd:Identifying': 'un numéro aléatoire qui vous désigne',
    'pd:Name': 'les noms',
    'pd:EmailAddress': 'l’adresse électronique',
    'pd:TelephoneNumber': 'le numéro de téléphone',
    'pd:IPAddress': 'une adresse réseau abrégée, sous forme d’empreinte à clé',
    'pd:Age': 'si la personne est un enfant',
    'pd:Authenticating': 'la preuve qu’une demande est la vôtre',
    'pd:Behavioural': 'des signes d’abus',
    'pd:FamilyStructure': 'pour qui vous réservez',
    'pd:Location': 'le fuseau horaire',
  },
  otherCategory: 'd’autres détails de la réservation',
  keptFor: (period) => `au plus ${period}`,
  rights:
    'Vous pouvez demander à voir, corriger, emporter ou effacer vos données, vous opposer à leur usage et saisir une autorité de contrôle.',
  whole: 'Lire toute la notice de confidentialité',
  rules: (rules) => [
    rules.deposit && `Un acompte de ${rules.deposit} est dû à la réservation.`,
    rules.approval ? 'Nous confirmons nous-mêmes chaque demande avant qu’elle compte.' : null,
    rules.leadTime && `Merci de réserver au moins ${rules.leadTime} à l’avance.`,
    rules.cancelUntil === null
      ? 'Vous pouvez annuler jusqu’au début du rendez-vous.'
      : `Vous pouvez annuler sans frais jusqu’à ${rules.cancelUntil} avant le rendez-vous.`,
    rules.lateFee && `Annuler plus tard coûte ${rules.lateFee}.`,
    rules.noShowFee && `Ne pas venir coûte ${rules.noShowFee}.`,
    rules.moves === 0
      ? 'Le rendez-vous ne peut pas être déplacé.'
      : `Vous pouvez le déplacer ${rules.moves} fois${rules.moveUntil === null ? '' : `, jusqu’à ${rules.moveUntil} avant son début`}.`,
  ],
};
