import { frenchAccountLetters } from './fr-account.ts';
import { inWords } from './formats.ts';
import type { Language } from './template.ts';

const SEE_APPOINTMENT = 'Voir ou modifier votre rendez-vous';

export const french: Language = {
  code: 'fr',
  locale: 'fr-FR',
  greeting: (name) => (name === null ? 'Bonjour,' : `Bonjour ${name},`),
  closing: (organization) => organization,
  notMe: 'Ce n’était pas moi',
  genuine: (code) => `Ce message vient-il bien de nous ? Vérifiez son code ${code} ici`,
  onBothClocks: (own, there) => `${own}, soit ${there}`,
  letters: {
    ...frenchAccountLetters,
    'booking-requested': ({ organization, when }) => ({
      subject: 'Nous avons reçu votre demande',
      paragraphs: [
        `Nous vous réservons cet horaire auprès de ${organization} : ${when}.`,
        'Il n’est pas encore confirmé. Nous vous écrirons dès qu’il le sera, ou s’il ne peut pas l’être.',
      ],
      link: 'Voir votre demande',
    }),
    'booking-confirmed': ({ organization, when }) => ({
      subject: 'Votre rendez-vous est confirmé',
      paragraphs: [
        `Votre rendez-vous auprès de ${organization} est confirmé : ${when}.`,
        'Le fichier joint l’ajoute à votre calendrier.',
      ],
      link: SEE_APPOINTMENT,
    }),
    'booking-rescheduled': ({ organization, when }) => ({
      subject: 'Votre rendez-vous a un nouvel horaire',
      paragraphs: [
        `Votre rendez-vous auprès de ${organization} a été déplacé. Le nouvel horaire est ${when}.`,
        'Le fichier joint le modifie dans votre calendrier.',
      ],
      link: SEE_APPOINTMENT,
    }),
    'booking-cancelled': ({ organization, when }) => ({
      subject: 'Votre rendez-vous est annulé',
      paragraphs: [
        `Votre rendez-vous auprès de ${organization}, ${when}, est annulé.`,
        'Le fichier joint le retire de votre calendrier.',
      ],
      link: 'Prendre un nouveau rendez-vous',
    }),
    'booking-declined': ({ organization, when }) => ({
      subject: 'Votre demande n’a pas pu être confirmée',
      paragraphs: [
        `Nous sommes désolés : votre demande auprès de ${organization} pour ${when} ne peut pas être confirmée. Une personne en a décidé ainsi, et vous pouvez nous interroger à ce sujet.`,
        'L’argent mis de côté pour ce rendez-vous vous est rendu.',
      ],
      link: 'Chercher un autre horaire',
    }),
    'booking-expired': ({ organization, when }) => ({
      subject: 'Votre demande n’a pas reçu de réponse à temps',
      paragraphs: [
        `Nous sommes désolés : personne n’a répondu à temps à votre demande auprès de ${organization} pour ${when}. L’horaire est donc de nouveau libre.`,
        'L’argent mis de côté pour ce rendez-vous vous est rendu.',
      ],
      link: 'Chercher un autre horaire',
    }),
    'booking-no-show': ({ organization, when }) => ({
      subject: 'Vous nous avez manqué',
      paragraphs: [
        `Vous aviez un rendez-vous auprès de ${organization}, ${when}, et nous avons noté que vous n’avez pas pu venir.`,
        'S’il s’agit d’une erreur, prévenez-nous.',
      ],
      link: 'Prendre un nouveau rendez-vous',
    }),
    'booking-unpaid': ({ organization, when }) => ({
      subject: 'Un rendez-vous n’est pas payé',
      paragraphs: [
        `Pour un rendez-vous chez ${organization}, ${when}, le paiement n’a pas été assuré à temps. Le rendez-vous est maintenu.`,
      ],
      link: SEE_APPOINTMENT,
    }),
    'booking-reminder': ({ organization, when }) => ({
      subject: 'Rappel de votre rendez-vous',
      paragraphs: [
        `Vous avez un rendez-vous auprès de ${organization} : ${when}.`,
        'Vous nous avez demandé de vous le rappeler. Vous pouvez changer cela à tout moment.',
      ],
      link: SEE_APPOINTMENT,
    }),
    'provider-changed': ({ organization, when }) => ({
      subject: 'Un rendez-vous a un nouvel interlocuteur',
      paragraphs: [`Quelqu’un d’autre s’occupe désormais du rendez-vous auprès de ${organization}, ${when}.`],
      link: 'Voir le rendez-vous',
    }),
    'series-confirmed': ({ organization, when, count }) => ({
      subject: 'Vos rendez-vous sont confirmés',
      paragraphs: [
        `${count('count')} rendez-vous auprès de ${organization} sont confirmés. Le premier est ${when}.`,
        'Vous les trouvez tous sur nos pages et pouvez modifier chacun séparément.',
      ],
      link: 'Voir vos rendez-vous',
    }),
    'waitlist-offer': ({ organization, when, at }) => ({
      subject: 'Un horaire s’est libéré pour vous',
      paragraphs: [
        `Un horaire que vous attendez auprès de ${organization} est libre : ${when}.`,
        `Nous vous le réservons jusqu’au ${at('offerUntil')}. Ensuite, il est proposé à la personne suivante.`,
      ],
      link: 'Prendre cet horaire',
    }),
    'waitlist-offer-ended': ({ organization, when }) => ({
      subject: 'L’horaire réservé pour vous est de nouveau libre',
      paragraphs: [
        `L’horaire que nous vous réservions auprès de ${organization}, ${when}, n’a pas été pris ; il a été proposé à d’autres.`,
        'Vous restez sur la liste comme avant, si vous ne l’avez pas quittée.',
      ],
      link: 'Voir votre place sur la liste',
    }),
    'calendar-connection-failed': ({ organization }) => ({
      subject: 'Votre calendrier ne peut pas être lu',
      paragraphs: [
        `Nous ne pouvons pas lire un calendrier que vous avez relié à ${organization}. D’ici là, il se peut que des horaires où vous seriez libre ne soient pas proposés.`,
        'Vérifiez la connexion et, si nécessaire, reliez de nouveau le calendrier.',
      ],
      link: 'Voir vos calendriers',
    }),
    'payment-card-expiring': ({ organization, count }) => ({
      subject: 'Votre carte expire bientôt',
      paragraphs: [
        `La carte se terminant par ${count('last4')} que vous avez enregistrée auprès de ${organization} expire bientôt.`,
        'Si vous ajoutez la nouvelle carte à temps, tout ce qui a été convenu reste valable.',
      ],
      link: 'Voir vos cartes',
    }),
    'payment-captured': ({ organization, amount, paidFor, partOf }) => ({
      subject: 'Nous avons reçu votre paiement',
      paragraphs: [
        `Nous avons reçu votre paiement de ${amount} pour ${paidFor('votre rendez-vous', 'votre forfait')} auprès de ${organization}. Merci.`,
        ...inWords([
          [partOf('tax'), (tax) => `Il comprend ${tax} de taxes.`],
          [partOf('tip'), (tip) => `Il comprend votre pourboire de ${tip}.`],
          [partOf('discount'), (discount) => `Une remise de ${discount} a été déduite.`],
        ]),
      ],
      link: 'Voir vos paiements',
    }),
    'payment-fee-charged': ({ organization, amount, partOf }) => ({
      subject: 'Des frais ont été prélevés pour votre rendez-vous',
      paragraphs: [
        `Pour votre rendez-vous auprès de ${organization}, les frais que vous avez acceptés lors de la réservation ont été prélevés : ${amount}.`,
        ...inWords([[partOf('tax'), (tax) => `Ils comprennent ${tax} de taxes.`]]),
        'Si cela ne vous semble pas juste, adressez-vous à l’établissement.',
      ],
      link: 'Voir vos paiements',
    }),
    'payment-refunded': ({ organization, amount, paidFor }) => ({
      subject: 'Votre remboursement est en route',
      paragraphs: [
        `Nous avons remboursé ${amount} pour ${paidFor('votre rendez-vous', 'votre forfait')} auprès de ${organization}. Votre banque peut avoir besoin de quelques jours pour l’afficher.`,
      ],
      link: 'Voir vos paiements',
    }),
    'payment-refund-failed': ({ organization, amount, paidFor }) => ({
      subject: 'Votre remboursement n’est pas arrivé',
      paragraphs: [
        `Le remboursement de ${amount} pour ${paidFor('votre rendez-vous', 'votre forfait')} auprès de ${organization} n’a pas pu être versé sur votre carte. L’établissement en est informé et trouvera un autre moyen.`,
      ],
      link: 'Voir vos paiements',
    }),
    'payment-released': ({ organization, amount, paidFor }) => ({
      subject: 'Une réservation sur votre carte a été levée',
      paragraphs: [
        `La somme de ${amount} réservée pour ${paidFor('votre rendez-vous', 'votre forfait')} auprès de ${organization} a été libérée. Rien n’a été prélevé ; votre banque peut avoir besoin de quelques jours pour l’afficher.`,
      ],
      link: 'Voir vos paiements',
    }),
    'payment-expired': ({ organization, amount, paidFor }) => ({
      subject: 'Une réservation sur votre carte a expiré',
      paragraphs: [
        `La réservation de ${amount} pour ${paidFor('votre rendez-vous', 'votre forfait')} auprès de ${organization} a expiré. Rien n’a été prélevé.`,
      ],
      link: 'Voir vos paiements',
    }),
    'payment-action-needed': ({ organization, amount, at }) => ({
      subject: 'Merci de vérifier le paiement de votre rendez-vous',
      paragraphs: [
        `${amount} pour votre rendez-vous chez ${organization} n’ont pas pu être réservés sur votre carte : votre banque demande votre confirmation, ou a refusé.`,
        `Merci de confirmer le paiement ou de choisir une autre carte avant ${at('dueAt')}. Ensuite, le rendez-vous pourra être donné à quelqu’un d’autre.`,
      ],
      link: 'Voir le paiement',
    }),
    'payment-balance-due': ({ organization, amount }) => ({
      subject: 'Votre rendez-vous coûte plus cher à sa nouvelle heure',
      paragraphs: [
        `Votre rendez-vous chez ${organization} a été déplacé et coûte plus que ce que vous avez payé : il reste ${amount} à payer.`,
        'Vous pouvez payer maintenant ou lors du rendez-vous.',
      ],
      link: 'Payer maintenant',
    }),
    'payment-disputed': ({ organization, amount, paidFor }) => ({
      subject: 'Votre banque conteste un paiement',
      paragraphs: [
        `Votre banque nous a signalé qu’un paiement de ${amount} pour ${paidFor('votre rendez-vous', 'votre forfait')} auprès de ${organization} est contesté. C’est elle qui décide ; d’ici là, ce paiement ne peut pas être remboursé.`,
      ],
      link: 'Voir vos paiements',
    }),
    'payment-dispute-closed': ({ organization, amount, paidFor }) => ({
      subject: 'Votre banque s’est prononcée sur un paiement',
      paragraphs: [
        `Votre banque s’est prononcée sur la contestation d’un paiement de ${amount} pour ${paidFor('votre rendez-vous', 'votre forfait')} auprès de ${organization}. Elle vous fera part de sa décision.`,
      ],
      link: 'Voir vos paiements',
    }),
    'large-download': ({ organization, count }) => ({
      subject: 'Quelqu’un a lu un nombre inhabituel de dossiers',
      paragraphs: [
        `Un compte auprès de ${organization} a vu les données de ${count('people')} personnes dans ${count('rows')} dossiers en ${count('minutes')} minutes. C’est plus qu’une journée ordinaire n’en demande.`,
        'De quel compte il s’agit et ce qui a été lu figure dans le journal d’audit (large_download) et dans les relevés d’accès. Si ce n’était pas voulu, isolez d’abord le compte et posez les questions ensuite.',
      ],
      link: 'Aller au journal d’audit',
    }),
    'unusual-changes': ({ organization, count }) => ({
      subject: 'Des rendez-vous ont été modifiés de façon inhabituelle',
      paragraphs: [
        `Un compte auprès de ${organization} a modifié des rendez-vous comme une journée ordinaire ne le demande pas : ${count('count')} en ${count('minutes')} minutes.`,
        'De quel compte il s’agit et ce qui a été modifié figure dans le journal d’audit (unusual_changes) et dans l’historique des rendez-vous. Si ce n’était pas voulu, isolez d’abord le compte et posez les questions ensuite.',
      ],
      link: 'Aller au journal d’audit',
    }),
    'review-waiting': ({ organization, count, at }) => ({
      subject: 'Une réservation inhabituelle vous attend',
      paragraphs: [
        `Une réservation auprès de ${organization} a été jugée inhabituelle et attend un responsable : ${count('count')} en tout. Son créneau est gardé jusqu’au ${at('decideBy')}.`,
        'Ce qui a été relevé et ce qu’il faut faire figure dans la liste des vérifications. Rien n’est refusé sans que quelqu’un le décide.',
      ],
      link: 'Aller à la liste des vérifications',
    }),
    'payment-incident': ({ organization, count }) => ({
      subject: 'Des paiements demandent votre attention',
      paragraphs: [
        `Les comptes de ${organization} et le prestataire de paiement ne disent pas la même chose, ou les comptes se contredisent. Incidents ouverts : ${count('count')}.`,
        'De quel paiement il s’agit, et ce que dit chaque côté, figure dans la liste des incidents de paiement. Rien n’a été déplacé ; ce qui est faux se corrige chez le prestataire de paiement.',
      ],
      link: 'Aller aux incidents de paiement',
    }),
    'processor-attestation': ({ organization, count }) => ({
      subject: 'L’attestation de votre prestataire de paiement expire',
      paragraphs: [
        `L’attestation PCI DSS du prestataire de paiement par lequel ${organization} accepte des cartes est enregistrée comme valable jusqu’au ${count('validUntil')}. Après ce jour, les paiements ne redémarrent qu’avec une nouvelle attestation.`,
        'Veuillez la demander au prestataire de paiement et veiller à ce que la nouvelle date soit inscrite par ceux qui exploitent ce système. L’incident prend alors fin de lui-même.',
      ],
      link: 'Aller aux incidents de paiement',
    }),
  },
};
