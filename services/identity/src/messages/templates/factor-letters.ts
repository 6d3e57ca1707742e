import type { Letter, Words } from './template.ts';

/** Letters about factors that were changed; each language spreads its own. */
export type FactorLetter =
  | 'authenticator-removed'
  | 'authenticator-replaced'
  | 'authenticator-restored'
  | 'factors-removed-by-staff'
  | 'recovery-codes-renewed';
type Letters = Readonly<Record<FactorLetter, (words: Words) => Letter>>;

/** Their link is a secret of the mail: without one there is none, not even to the organization's pages. */
export const LINKED_BY_SECRET_ALONE: readonly string[] = [
  'authenticator-removed',
  'authenticator-replaced',
  'factors-removed-by-staff',
];

const EN_RESTORE =
  'If not, the first link brings it back for 24 hours, without signing in. The second one locks everything.';
const EN_LINK = 'Bring my authenticator back';

export const englishFactorLetters: Letters = {
  'authenticator-removed': ({ organization }) => ({
    subject: 'The second factor was removed from your account',
    paragraphs: [
      `Your account with ${organization} no longer asks for a code of your authenticator. Your recovery codes are gone as well, and we ended your other sessions.`,
      `If that was you, there is nothing to do. ${EN_RESTORE}`,
    ],
    link: EN_LINK,
  }),
  'authenticator-replaced': ({ organization }) => ({
    subject: 'Your authenticator was replaced by another one',
    paragraphs: [
      `Your account with ${organization} asks for the codes of a new authenticator from now on. The old one and your old recovery codes open nothing any more.`,
      `If that was you, there is nothing to do. ${EN_RESTORE}`,
    ],
    link: EN_LINK,
  }),
  'authenticator-restored': ({ organization }) => ({
    subject: 'Your earlier authenticator is back',
    paragraphs: [
      `The authenticator you had before opens your account with ${organization} again. What was added since is gone, and we ended all sessions.`,
      'Sign in with it: you will be asked for a new password. Then make new recovery codes.',
    ],
  }),
  'factors-removed-by-staff': ({ organization }) => ({
    subject: 'A manager took the second factors off your account',
    paragraphs: [
      `You are said to have lost your authenticator or passkey. A manager of ${organization} took all second factors off your account and ended your sessions. The next time you sign in you enrol a new one.`,
      `If you asked for it, there is nothing to do. ${EN_RESTORE}`,
    ],
    link: EN_LINK,
  }),
  'recovery-codes-renewed': ({ organization }) => ({
    subject: 'You have new recovery codes',
    paragraphs: [
      `New recovery codes were made for your account with ${organization}. The old ones open nothing any more.`,
      'If that was you, there is nothing to do. If not, use the link below: it works without a password and ends what was begun.',
    ],
  }),
};

const DE_RESTORE =
  'Wenn nicht, bringt der erste Link ihn 24 Stunden lang zurück, ohne Anmeldung. Der zweite sperrt alles.';
const DE_LINK = 'Meinen Authentifikator zurückholen';

export const germanFactorLetters: Letters = {
  'authenticator-removed': ({ organization }) => ({
    subject: 'Der zweite Faktor wurde aus Ihrem Konto entfernt',
    paragraphs: [
      `Ihr Konto bei ${organization} fragt nicht mehr nach einem Code Ihres Authentifikators. Auch Ihre Wiederherstellungscodes gelten nicht mehr, und wir haben Ihre anderen Sitzungen beendet.`,
      `Wenn Sie das waren, ist nichts zu tun. ${DE_RESTORE}`,
    ],
    link: DE_LINK,
  }),
  'authenticator-replaced': ({ organization }) => ({
    subject: 'Ihr Authentifikator wurde durch einen anderen ersetzt',
    paragraphs: [
      `Ihr Konto bei ${organization} fragt ab jetzt nach den Codes eines neuen Authentifikators. Der alte und Ihre alten Wiederherstellungscodes öffnen nichts mehr.`,
      `Wenn Sie das waren, ist nichts zu tun. ${DE_RESTORE}`,
    ],
    link: DE_LINK,
  }),
  'authenticator-restored': ({ organization }) => ({
    subject: 'Ihr früherer Authentifikator gilt wieder',
    paragraphs: [
      `Der Authentifikator, den Sie vorher hatten, öffnet wieder Ihr Konto bei ${organization}. Was seither dazukam, ist weg, und wir haben alle Sitzungen beendet.`,
      'Melden Sie sich damit an: Sie werden nach einem neuen Passwort gefragt. Erstellen Sie danach neue Wiederherstellungscodes.',
    ],
  }),
  'factors-removed-by-staff': ({ organization }) => ({
    subject: 'Die zweiten Faktoren wurden von Ihrem Konto genommen',
    paragraphs: [
      `Es heißt, Sie hätten Ihren Authentifikator oder Passkey verloren. Die Leitung von ${organization} hat alle zweiten Faktoren von Ihrem Konto genommen und Ihre Sitzungen beendet. Bei der nächsten Anmeldung richten Sie einen neuen ein.`,
      `Wenn Sie darum gebeten haben, ist nichts zu tun. ${DE_RESTORE}`,
    ],
    link: DE_LINK,
  }),
  'recovery-codes-renewed': ({ organization }) => ({
    subject: 'Sie haben neue Wiederherstellungscodes',
    paragraphs: [
      `Für Ihr Konto bei ${organization} wurden neue Wiederherstellungscodes erstellt. Die alten öffnen nichts mehr.`,
      'Wenn Sie das waren, ist nichts zu tun. Wenn nicht, nutzen Sie den Link unten: Er geht ohne Passwort und beendet, was begonnen wurde.',
    ],
  }),
};

const FR_RESTORE =
  'Sinon, le premier lien le rétablit pendant 24 heures, sans connexion. Le second verrouille tout.';
const FR_LINK = 'Rétablir mon authentificateur';

export const frenchFactorLetters: Letters = {
  'authenticator-removed': ({ organization }) => ({
    subject: 'Le second facteur a été retiré de votre compte',
    paragraphs: [
      `Votre compte auprès de ${organization} ne demande plus de code de votre authentificateur. Vos codes de secours ne sont plus valables et nous avons mis fin à vos autres sessions.`,
      `Si c’était vous, il n’y a rien à faire. ${FR_RESTORE}`,
    ],
    link: FR_LINK,
  }),
  'authenticator-replaced': ({ organization }) => ({
    subject: 'Votre authentificateur a été remplacé par un autre',
    paragraphs: [
      `Votre compte auprès de ${organization} demande désormais les codes d’un nouvel authentificateur. L’ancien et vos anciens codes de secours n’ouvrent plus rien.`,
      `Si c’était vous, il n’y a rien à faire. ${FR_RESTORE}`,
    ],
    link: FR_LINK,
  }),
  'authenticator-restored': ({ organization }) => ({
    subject: 'Votre ancien authentificateur est rétabli',
    paragraphs: [
      `L’authentificateur que vous aviez auparavant ouvre de nouveau votre compte auprès de ${organization}. Ce qui a été ajouté depuis a disparu et nous avons mis fin à toutes les sessions.`,
      'Connectez-vous avec lui : un nouveau mot de passe vous sera demandé. Créez ensuite de nouveaux codes de secours.',
    ],
  }),
  'factors-removed-by-staff': ({ organization }) => ({
    subject: 'Les seconds facteurs ont été retirés de votre compte',
    paragraphs: [
      `Vous auriez perdu votre authentificateur ou votre clé d’accès. La direction de ${organization} a retiré tous les seconds facteurs de votre compte et mis fin à vos sessions. À la prochaine connexion, vous en enregistrerez un nouveau.`,
      `Si vous l’avez demandé, il n’y a rien à faire. ${FR_RESTORE}`,
    ],
    link: FR_LINK,
  }),
  'recovery-codes-renewed': ({ organization }) => ({
    subject: 'Vous avez de nouveaux codes de secours',
    paragraphs: [
      `De nouveaux codes de secours ont été créés pour votre compte auprès de ${organization}. Les anciens n’ouvrent plus rien.`,
      'Si c’était vous, il n’y a rien à faire. Sinon, utilisez le lien ci-dessous : il fonctionne sans mot de passe et met fin à ce qui a été commencé.',
    ],
  }),
};

const ES_RESTORE =
  'Si no, el primer enlace lo recupera durante 24 horas, sin iniciar sesión. El segundo lo bloquea todo.';
const ES_LINK = 'Recuperar mi autenticador';

export const spanishFactorLetters: Letters = {
  'authenticator-removed': ({ organization }) => ({
    subject: 'Se quitó el segundo factor de su cuenta',
    paragraphs: [
      `Su cuenta en ${organization} ya no pide un código de su autenticador. Sus códigos de recuperación tampoco valen ya, y hemos cerrado sus otras sesiones.`,
      `Si fue usted, no tiene que hacer nada. ${ES_RESTORE}`,
    ],
    link: ES_LINK,
  }),
  'authenticator-replaced': ({ organization }) => ({
    subject: 'Su autenticador se sustituyó por otro',
    paragraphs: [
      `Su cuenta en ${organization} pide desde ahora los códigos de un autenticador nuevo. El anterior y sus códigos de recuperación antiguos ya no abren nada.`,
      `Si fue usted, no tiene que hacer nada. ${ES_RESTORE}`,
    ],
    link: ES_LINK,
  }),
  'authenticator-restored': ({ organization }) => ({
    subject: 'Su autenticador anterior vuelve a valer',
    paragraphs: [
      `El autenticador que tenía antes vuelve a abrir su cuenta en ${organization}. Lo que se añadió después ya no está, y hemos cerrado todas las sesiones.`,
      'Inicie sesión con él: se le pedirá una contraseña nueva. Después cree nuevos códigos de recuperación.',
    ],
  }),
  'factors-removed-by-staff': ({ organization }) => ({
    subject: 'Se quitaron los segundos factores de su cuenta',
    paragraphs: [
      `Se dice que perdió su autenticador o su llave de acceso. La dirección de ${organization} quitó todos los segundos factores de su cuenta y cerró sus sesiones. La próxima vez que inicie sesión registrará uno nuevo.`,
      `Si usted lo pidió, no tiene que hacer nada. ${ES_RESTORE}`,
    ],
    link: ES_LINK,
  }),
  'recovery-codes-renewed': ({ organization }) => ({
    subject: 'Tiene nuevos códigos de recuperación',
    paragraphs: [
      `Se crearon nuevos códigos de recuperación para su cuenta en ${organization}. Los anteriores ya no abren nada.`,
      'Si fue usted, no tiene que hacer nada. Si no, use el enlace de abajo: funciona sin contraseña y termina lo que se empezó.',
    ],
  }),
};
