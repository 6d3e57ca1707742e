import { frenchFactorLetters } from './factor-letters.ts';
import type { AccountLetters } from './template.ts';

const NOT_YOU =
  'Si c’était vous, il n’y a rien à faire. Sinon, utilisez le lien ci-dessous : il fonctionne sans mot de passe et met fin à ce qui a été commencé.';
const EMERGENCIES = 'Voir les accès d’urgence';

/** What somebody is told about their account, and those responsible about accounts. */
export const frenchAccountLetters: AccountLetters = {
  ...frenchFactorLetters,
  'address-code': ({ organization }) => ({
    subject: 'Votre code de confirmation',
    paragraphs: [
      `Confirmez que cette adresse est la vôtre auprès de ${organization} en saisissant ce code. Il est valable dix minutes.`,
      'Nous ne demandons jamais ce code par téléphone ni par message. Si vous ne l’avez pas demandé, ignorez ce message.',
    ],
  }),
  'sign-up-tried': ({ organization }) => ({
    subject: 'Quelqu’un a voulu s’inscrire avec votre adresse',
    paragraphs: [
      `Quelqu’un, peut-être vous, a voulu ouvrir un compte auprès de ${organization} avec cette adresse. Vous en avez déjà un : rien n’a été changé.`,
      'Si c’était vous, connectez-vous avec votre mot de passe.',
    ],
    link: 'Aller à la page de connexion',
  }),
  'new-device': ({ organization, seen }) => ({
    subject: 'Connexion depuis un nouvel appareil',
    paragraphs: [
      `Votre compte auprès de ${organization} a été ouvert sur un appareil que nous ne connaissions pas.`,
      ...(seen === '' ? [] : [`Voici ce que nous en savons : ${seen}.`]),
      NOT_YOU,
    ],
  }),
  'sign-in-locked': ({ organization }) => ({
    subject: 'Quelqu’un essaie de deviner votre mot de passe',
    paragraphs: [
      `Plusieurs mots de passe erronés ont été saisis pour votre compte auprès de ${organization}. La connexion depuis des appareils inconnus est fermée pour un moment.`,
      'Vos propres appareils fonctionnent comme d’habitude ; vous n’avez rien à faire.',
    ],
  }),
  'sign-in-closed': ({ organization }) => ({
    subject: 'La connexion est fermée aux appareils inconnus',
    paragraphs: [
      `Quelqu’un a continué à deviner le mot de passe de votre compte chez ${organization}. Jusqu’à demain, nous n’en acceptons aucun d’appareils que nous ne connaissons pas.`,
      'Vos propres appareils fonctionnent comme toujours. Sinon, demandez-y un lien de déverrouillage ; il n’ouvre que cet appareil, et seulement avec votre mot de passe.',
    ],
    link: 'Demander un lien de déverrouillage',
  }),
  'sign-in-attack': ({ organization, count }) => ({
    subject: 'Vos connexions sont attaquées',
    paragraphs: [
      `Un nombre inhabituel de connexions chez ${organization} échouent : ${count('count')} en quelques minutes. Cela ressemble à des mots de passe devinés ou volés.`,
      'Nous ralentissons cela de nous-mêmes, et les appareils déjà utilisés continuent de fonctionner. Les alertes de sécurité montrent ce que nous voyons.',
    ],
  }),
  'unlock-link': ({ organization }) => ({
    subject: 'Votre lien de déverrouillage',
    paragraphs: [
      `Vous voulez vous connecter à votre compte chez ${organization} sur un appareil que nous ne connaissons pas. Ouvrez ce lien sur cet appareil même dans les quinze minutes ; ensuite, votre mot de passe est demandé comme toujours.`,
      'Si vous n’avez rien demandé, n’ouvrez pas le lien : sans lui, personne n’entre.',
    ],
    link: 'Déverrouiller cet appareil',
  }),
  'account-unlocked': ({ organization }) => ({
    subject: 'Votre compte est de nouveau ouvert',
    paragraphs: [`La direction de ${organization} a rouvert votre compte.`],
  }),
  'account-locked': ({ organization }) => ({
    subject: 'Votre compte a été verrouillé',
    paragraphs: [
      `Votre compte chez ${organization} a été verrouillé pour le protéger, et toutes ses sessions ont été fermées. La direction peut le rouvrir.`,
    ],
  }),
  'session-ended': ({ organization }) => ({
    subject: 'Nous avons mis fin à l’une de vos sessions',
    paragraphs: [
      `Un élément d’une session de votre compte auprès de ${organization} a été utilisé deux fois, ce qui peut signifier qu’il a été copié. Nous avons mis fin à cette session.`,
      'Reconnectez-vous. Si cela se reproduit, changez votre mot de passe et prévenez-nous.',
    ],
  }),
  'authenticator-enrolled': ({ organization }) => ({
    subject: 'Un authentificateur a été ajouté à votre compte',
    paragraphs: [
      `Votre compte auprès de ${organization} demande désormais un code de votre authentificateur.`,
      NOT_YOU,
    ],
  }),
  'passkey-added': ({ organization }) => ({
    subject: 'Une clé d’accès a été ajoutée à votre compte',
    paragraphs: [`Désormais une clé d’accès ouvre votre compte chez ${organization}.`, NOT_YOU],
  }),
  'passkey-removed': ({ organization }) => ({
    subject: 'Une clé d’accès a été retirée de votre compte',
    paragraphs: [
      `Une clé d’accès n’ouvre plus votre compte chez ${organization}. Les autres sessions ont été fermées.`,
      NOT_YOU,
    ],
  }),
  'passkey-in-doubt': ({ organization }) => ({
    subject: 'Il existe peut-être une copie de votre clé d’accès',
    paragraphs: [
      `Une clé d’accès de votre compte chez ${organization} a compté à rebours, comme le ferait une copie. Elle n’ouvre plus rien. Connectez-vous avec votre mot de passe et un autre facteur, retirez-la et ajoutez-en une nouvelle.`,
      NOT_YOU,
    ],
  }),
  'password-reset-code': ({ organization }) => ({
    subject: 'Votre code pour choisir un autre mot de passe',
    paragraphs: [
      `Quelqu’un souhaite choisir un autre mot de passe pour le compte de cette adresse auprès de ${organization}. Si c’est vous, saisissez ce code là où vous l’avez demandé. Il est valable dix minutes.`,
      'Nous ne demandons jamais ce code par téléphone ni par e-mail. Si ce n’est pas vous, ignorez ce message : rien n’a changé.',
    ],
  }),
  'second-factor-code': ({ organization }) => ({
    subject: 'Votre code de connexion',
    paragraphs: [
      `Saisissez ce code pour poursuivre votre connexion auprès de ${organization}. Il est valable cinq minutes, dans le seul navigateur qui l’a demandé.`,
      'Nous ne demandons jamais ce code par téléphone ni par e-mail. Si vous n’êtes pas en train de vous connecter, quelqu’un connaît votre mot de passe : changez-le.',
    ],
  }),
  'code-factor-enrolled': ({ organization }) => ({
    subject: 'Les codes ont été activés pour votre compte',
    paragraphs: [
      `Votre compte auprès de ${organization} demande, outre le mot de passe, un code que nous envoyons.`,
      NOT_YOU,
    ],
  }),
  'code-factor-removed': ({ organization }) => ({
    subject: 'Les codes ont été désactivés pour votre compte',
    paragraphs: [
      `Votre compte auprès de ${organization} ne demande plus de code que nous envoyons. Les autres sessions ont été fermées.`,
      NOT_YOU,
    ],
  }),
  'password-changed': ({ organization }) => ({
    subject: 'Votre mot de passe a été modifié',
    paragraphs: [
      `Votre compte auprès de ${organization} a un nouveau mot de passe. Les autres sessions ont été fermées.`,
      NOT_YOU,
    ],
  }),
  'password-expires': ({ organization, at }) => ({
    subject: 'Veuillez choisir un autre mot de passe',
    paragraphs: [
      `Votre mot de passe auprès de ${organization} est valable jusqu’au ${at('endsAt')}. Veuillez en choisir un autre avant cette date, dans votre compte.`,
      'Ensuite, cela vous sera demandé à la prochaine connexion. Nous n’envoyons jamais de lien pour se connecter.',
    ],
  }),
  'contact-change-code': ({ organization }) => ({
    subject: 'Votre code de confirmation',
    paragraphs: [
      `Une personne qui a un compte auprès de ${organization} souhaite que nous écrivions désormais à cette adresse. Si c’est vous, saisissez ce code. Il est valable dix minutes.`,
      'Nous ne demandons jamais ce code par téléphone ni par message. Si vous n’en savez rien, ignorez ce message.',
    ],
  }),
  'contact-change-taken': ({ organization }) => ({
    subject: 'Quelqu’un a voulu utiliser votre adresse',
    paragraphs: [
      `Quelqu’un, peut-être vous, a voulu utiliser cette adresse pour un autre compte auprès de ${organization}. Elle appartient déjà à votre compte : rien n’a été changé.`,
      'Si c’était vous, connectez-vous avec cette adresse. Sinon, vous n’avez rien à faire.',
    ],
    link: 'Aller à la page de connexion',
  }),
  'contact-change-started': (words) => ({
    subject: 'Votre adresse e-mail va changer',
    paragraphs: [
      `Quelqu’un qui est connecté à votre compte auprès de ${words.organization} souhaite que nous écrivions désormais à une autre adresse. Le changement prend effet dès que celle-ci est confirmée.`,
      `Si c’était vous, vous n’avez rien à faire. Sinon, utilisez le lien : il conserve cette adresse, ne demande pas de mot de passe et est valable jusqu’au ${words.at('undoUntil')}.`,
    ],
    link: 'Ce n’était pas moi',
  }),
  'contact-changed': ({ organization }) => ({
    subject: 'Votre adresse e-mail a été changée',
    paragraphs: [
      `Votre compte auprès de ${organization} a une nouvelle adresse e-mail. Pendant trois jours, les messages sur vos rendez-vous sont envoyés à l’ancienne et à la nouvelle adresse.`,
      'Si ce n’était pas vous, utilisez le lien du message que l’ancienne adresse a reçu auparavant.',
    ],
  }),
  'contact-change-undone': ({ organization }) => ({
    subject: 'Votre adresse e-mail reste la même',
    paragraphs: [
      `Votre compte auprès de ${organization} a retrouvé son adresse e-mail précédente. Toutes ses sessions ont été fermées.`,
      'Connectez-vous et changez votre mot de passe si le changement ne venait pas de vous.',
    ],
    link: 'Aller à la page de connexion',
  }),
  'emergency-access-started': ({ organization, at }) => ({
    subject: 'Un accès d’urgence a été ouvert',
    paragraphs: [
      `Une personne qui travaille pour ${organization} a ouvert un accès d’urgence. Il prend fin au plus tard le ${at('until')}.`,
      `Examinez-le avant le ${at('reviewDueAt')}. Si vous n’avez connaissance d’aucune urgence, mettez-y fin immédiatement.`,
    ],
    link: EMERGENCIES,
  }),
  'emergency-access-review-due': ({ organization, at }) => ({
    subject: 'Un accès d’urgence attend son examen',
    paragraphs: [
      `Personne n’a encore examiné un accès d’urgence auprès de ${organization}. L’examen est attendu avant le ${at('reviewDueAt')}.`,
      'Passé ce délai, la personne qui l’a ouvert ne peut en ouvrir d’autre avant qu’il soit examiné.',
    ],
    link: EMERGENCIES,
  }),
  'not-me-received': ({ organization }) => ({
    subject: 'Nous avons bien reçu votre signalement',
    paragraphs: [
      `Vous nous avez dit que quelque chose sur votre compte chez ${organization} ne venait pas de vous. Nous avons mis fin à ce qui était concerné, et quelqu’un s’en occupe.`,
      'Veuillez choisir un nouveau mot de passe avant votre prochaine connexion. Vous n’avez rien d’autre à faire.',
    ],
  }),
  'security-case-opened': ({ organization }) => ({
    subject: 'Quelqu’un signale un problème de sécurité',
    paragraphs: [
      `Une personne ayant un compte chez ${organization} nous a dit que quelque chose ne venait pas d’elle, ou lui semble anormal.`,
      'Ce qui a été dit et ce qui a été arrêté se trouve dans les dossiers de sécurité. Merci de le regarder aujourd’hui.',
    ],
    link: 'Voir les dossiers de sécurité',
  }),
  'shared-credential': ({ organization }) => ({
    subject: 'Un compte est peut-être utilisé par plusieurs personnes',
    paragraphs: [
      `Un compte de l’équipe de ${organization} a été utilisé comme une seule personne ne le fait pas : en deux endroits à la fois, sur de nombreux appareils ou en alternance avec un autre.`,
      'À qui il appartient et ce qui a été vu se trouve dans les dossiers de sécurité. Personne n’a été exclu ; merci de vous renseigner.',
    ],
    link: 'Voir les dossiers de sécurité',
  }),
  'network-pass-used': ({ organization, at }) => ({
    subject: 'Un code d’urgence a été utilisé',
    paragraphs: [
      `Quelqu’un a utilisé un code de ${organization} qui ouvre un réseau malgré les règles. Il est ouvert jusqu’au ${at('until')}.`,
      'Le mot de passe et les facteurs y sont demandés comme toujours. Si vous n’en savez rien, isolez la personne entrée et prévenez les autres.',
    ],
    link: 'Voir les règles de réseau',
  }),
  // The organization's own words, checked for what must not stand in a mail to everybody.
  'security-update': ({ ownText }) => ({
    ...ownText,
    subject: `Pour votre sécurité: ${ownText.subject}`,
  }),
  'staff-invitation': ({ organization }) => ({
    subject: 'Vous êtes invité à travailler avec nous',
    paragraphs: [
      `${organization} vous invite à ouvrir votre propre compte de travail. Le lien ci-dessous vous permet de choisir votre nom et votre mot de passe ; il est valable sept jours et une seule fois.`,
      'Nous ne demandons jamais votre mot de passe par courriel ou par téléphone. Si vous ne savez pas qui vous invite, ignorez ce message.',
    ],
    link: 'Accepter l’invitation',
  }),
  'guardianship-confirmed': ({ organization }) => ({
    subject: 'Vous répondez de quelqu’un',
    paragraphs: [
      `${organization} a noté que vous, ou vous aussi, répondez de quelqu’un. Connectez-vous pour voir de qui.`,
      'Si ce n’est pas exact, dites-le à l’accueil.',
    ],
    link: 'Voir de qui vous répondez',
  }),
  'guardianship-ended': ({ organization }) => ({
    subject: 'Vous ne répondez plus de quelqu’un',
    paragraphs: [
      `Vous ne répondez plus de quelqu’un auprès de ${organization}. Désormais vous ne voyez plus rien de cette personne.`,
      'Si ce n’est pas exact, demandez à l’accueil.',
    ],
    link: 'Aller à votre compte',
  }),
  'own-account': ({ organization }) => ({
    subject: 'Un compte à vous',
    paragraphs: [
      `${organization} vous propose un compte à vous : jusqu’ici quelqu’un d’autre prenait vos rendez-vous. Le lien ci-dessous vous permet de choisir un mot de passe ; il est valable sept jours et une seule fois. Ensuite, personne d’autre ne voit vos rendez-vous.`,
      'Nous ne demandons jamais votre mot de passe par courriel ou par téléphone. Si vous ne savez pas de quoi il s’agit, ignorez ce message.',
    ],
    link: 'Reprendre votre compte',
  }),
  'own-account-proposed': ({ organization }) => ({
    subject: 'Un compte à soi pour quelqu’un',
    paragraphs: [
      `Quelqu’un qui répond avec vous d’une personne auprès de ${organization} souhaite que cette personne ait un compte à elle. Rien ne se passe tant que vous ne le proposez pas aussi, pour la même adresse ; ensuite, aucun de vous deux n’en voit plus rien.`,
      'Si vous ne le voulez pas, vous n’avez rien à faire. Si vous ne savez pas de quoi il s’agit, demandez à l’accueil.',
    ],
    link: 'Aller à votre compte',
  }),
  'role-requested': ({ organization }) => ({
    subject: 'Quelqu’un demande un rôle pour quelques heures',
    paragraphs: [
      `Quelqu’un de l’équipe de ${organization} demande un rôle pour quelques heures et dit pourquoi. Vous pouvez le donner ou le refuser.`,
      'Rien ne se passe avant qu’une autre personne en ait décidé.',
    ],
    link: 'Voir la demande',
  }),
  'account-dormant': ({ organization, at }) => ({
    subject: 'Un compte n’a pas été utilisé depuis longtemps',
    paragraphs: [
      `Un compte chez ${organization}, que vous avez ou dont vous répondez, n’a pas été utilisé depuis longtemps. Si personne ne s’y connecte, il sera fermé ${at('suspendedAt')}.`,
      'S’il n’est plus nécessaire, il n’y a rien à faire.',
    ],
    link: 'Aller à la page de connexion',
  }),
};
