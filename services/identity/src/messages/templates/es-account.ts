import { spanishFactorLetters } from './factor-letters.ts';
import type { AccountLetters } from './template.ts';

const NOT_YOU =
  'Si fue usted, no tiene que hacer nada. Si no, use el enlace de abajo: funciona sin contraseña y termina lo que se empezó.';
const EMERGENCIES = 'Ver los accesos de emergencia';

/** What somebody is told about their account, and those responsible about accounts. */
export const spanishAccountLetters: AccountLetters = {
  ...spanishFactorLetters,
  'address-code': ({ organization }) => ({
    subject: 'Su código de confirmación',
    paragraphs: [
      `Confirme que esta dirección es suya ante ${organization} introduciendo este código. Es válido durante diez minutos.`,
      'Nunca pedimos este código por teléfono ni por mensaje. Si no lo ha pedido, ignore este mensaje.',
    ],
  }),
  'sign-up-tried': ({ organization }) => ({
    subject: 'Alguien intentó registrarse con su dirección',
    paragraphs: [
      `Alguien, quizá usted, intentó abrir una cuenta en ${organization} con esta dirección. Usted ya tiene una, así que no se ha cambiado nada.`,
      'Si fue usted, inicie sesión con su contraseña.',
    ],
    link: 'Ir a la página de inicio de sesión',
  }),
  'new-device': ({ organization, seen }) => ({
    subject: 'Inicio de sesión en un dispositivo nuevo',
    paragraphs: [
      `Su cuenta en ${organization} se abrió en un dispositivo que no conocíamos.`,
      ...(seen === '' ? [] : [`Esto es lo que sabemos: ${seen}.`]),
      NOT_YOU,
    ],
  }),
  'sign-in-locked': ({ organization }) => ({
    subject: 'Alguien intenta adivinar su contraseña',
    paragraphs: [
      `Hubo varias contraseñas erróneas para su cuenta en ${organization}. El inicio de sesión desde dispositivos desconocidos queda cerrado durante un tiempo.`,
      'Sus propios dispositivos funcionan como siempre; no tiene que hacer nada.',
    ],
  }),
  'sign-in-closed': ({ organization }) => ({
    subject: 'El acceso está cerrado a los dispositivos desconocidos',
    paragraphs: [
      `Alguien siguió intentando adivinar la contraseña de su cuenta en ${organization}. Hasta mañana no aceptamos ninguna de dispositivos que no conocemos.`,
      'Sus propios dispositivos funcionan como siempre. Donde no, pida allí un enlace de desbloqueo; solo abre ese dispositivo, y solo junto con su contraseña.',
    ],
    link: 'Pedir un enlace de desbloqueo',
  }),
  'sign-in-attack': ({ organization, count }) => ({
    subject: 'Sus accesos están siendo atacados',
    paragraphs: [
      `Fallan más accesos de lo habitual en ${organization}: ${count('count')} en minutos. Parecen contraseñas adivinadas o robadas.`,
      'Lo frenamos por nosotros mismos, y los dispositivos en los que alguien ya ha entrado siguen funcionando. Las alertas de seguridad muestran lo que vemos.',
    ],
  }),
  'unlock-link': ({ organization }) => ({
    subject: 'Su enlace de desbloqueo',
    paragraphs: [
      `Usted pidió entrar en su cuenta en ${organization} en un dispositivo que no conocemos. Abra este enlace en ese mismo dispositivo en quince minutos; después hace falta su contraseña, como siempre.`,
      'Si no lo pidió, no abra el enlace: sin él no entra nadie.',
    ],
    link: 'Desbloquear este dispositivo',
  }),
  'account-unlocked': ({ organization }) => ({
    subject: 'Su cuenta está abierta de nuevo',
    paragraphs: [`La dirección de ${organization} ha vuelto a abrir su cuenta.`],
  }),
  'account-locked': ({ organization }) => ({
    subject: 'Su cuenta fue bloqueada',
    paragraphs: [
      `Su cuenta en ${organization} fue bloqueada para protegerla, y se cerraron todas sus sesiones. La dirección puede volver a abrirla.`,
    ],
  }),
  'session-ended': ({ organization }) => ({
    subject: 'Hemos cerrado una de sus sesiones',
    paragraphs: [
      `Algo que pertenece a una sesión de su cuenta en ${organization} se usó dos veces, lo que puede significar que fue copiado. Hemos cerrado esa sesión.`,
      'Inicie sesión de nuevo. Si se repite, cambie su contraseña y avísenos.',
    ],
  }),
  'authenticator-enrolled': ({ organization }) => ({
    subject: 'Se añadió un autenticador a su cuenta',
    paragraphs: [
      `A partir de ahora su cuenta en ${organization} pide un código de su autenticador.`,
      NOT_YOU,
    ],
  }),
  'passkey-added': ({ organization }) => ({
    subject: 'Se ha añadido una llave de acceso a su cuenta',
    paragraphs: [`A partir de ahora una llave de acceso abre su cuenta en ${organization}.`, NOT_YOU],
  }),
  'passkey-removed': ({ organization }) => ({
    subject: 'Se ha quitado una llave de acceso de su cuenta',
    paragraphs: [
      `Una llave de acceso ya no abre su cuenta en ${organization}. Hemos cerrado las demás sesiones.`,
      NOT_YOU,
    ],
  }),
  'passkey-in-doubt': ({ organization }) => ({
    subject: 'Puede existir una copia de su llave de acceso',
    paragraphs: [
      `Una llave de acceso de su cuenta en ${organization} ha contado hacia atrás, como lo haría una copia. Ya no abre nada. Inicie sesión con su contraseña y otro factor, quítela y añada una nueva.`,
      NOT_YOU,
    ],
  }),
  'password-reset-code': ({ organization }) => ({
    subject: 'Su código para elegir otra contraseña',
    paragraphs: [
      `Alguien quiere elegir otra contraseña para la cuenta con esta dirección en ${organization}. Si es usted, introduzca este código donde lo pidió. Es válido durante diez minutos.`,
      'Nunca pedimos este código por teléfono ni por correo. Si no ha sido usted, no haga caso de este mensaje: nada ha cambiado.',
    ],
  }),
  'second-factor-code': ({ organization }) => ({
    subject: 'Su código de inicio de sesión',
    paragraphs: [
      `Introduzca este código para seguir iniciando sesión en ${organization}. Es válido cinco minutos y solo en el navegador que lo pidió.`,
      'Nunca pedimos este código por teléfono ni por correo. Si no está iniciando sesión, alguien conoce su contraseña: cámbiela.',
    ],
  }),
  'code-factor-enrolled': ({ organization }) => ({
    subject: 'Se activaron los códigos en su cuenta',
    paragraphs: [
      `Su cuenta en ${organization} pide, además de la contraseña, un código que enviamos.`,
      NOT_YOU,
    ],
  }),
  'code-factor-removed': ({ organization }) => ({
    subject: 'Se desactivaron los códigos en su cuenta',
    paragraphs: [
      `Su cuenta en ${organization} ya no pide un código que enviamos. Se cerraron las demás sesiones.`,
      NOT_YOU,
    ],
  }),
  'password-changed': ({ organization }) => ({
    subject: 'Se cambió su contraseña',
    paragraphs: [
      `Su cuenta en ${organization} tiene otra contraseña. Se cerraron las demás sesiones.`,
      NOT_YOU,
    ],
  }),
  'password-expires': ({ organization, at }) => ({
    subject: 'Elija otra contraseña, por favor',
    paragraphs: [
      `Su contraseña en ${organization} vale hasta el ${at('endsAt')}. Elija otra antes, en su cuenta.`,
      'Después se le pedirá al iniciar sesión. Nunca enviamos un enlace para iniciar sesión.',
    ],
  }),
  'contact-change-code': ({ organization }) => ({
    subject: 'Su código de confirmación',
    paragraphs: [
      `Alguien con una cuenta en ${organization} quiere que escribamos a esta dirección a partir de ahora. Si es usted, introduzca este código. Es válido durante diez minutos.`,
      'Nunca pedimos este código por teléfono ni por mensaje. Si no sabe nada de esto, ignore este mensaje.',
    ],
  }),
  'contact-change-taken': ({ organization }) => ({
    subject: 'Alguien intentó usar su dirección',
    paragraphs: [
      `Alguien, quizá usted, quiso usar esta dirección para otra cuenta en ${organization}. Ya pertenece a su cuenta, así que no se ha cambiado nada.`,
      'Si fue usted, inicie sesión con esta dirección. Si no, no tiene que hacer nada.',
    ],
    link: 'Ir a la página de inicio de sesión',
  }),
  'contact-change-started': (words) => ({
    subject: 'Su dirección de correo va a cambiar',
    paragraphs: [
      `Alguien que ha iniciado sesión en su cuenta en ${words.organization} pidió que escribamos a otra dirección a partir de ahora. Cambia en cuanto esa dirección se confirme.`,
      `Si fue usted, no tiene que hacer nada. Si no, use el enlace: conserva esta dirección, no pide contraseña y vale hasta el ${words.at('undoUntil')}.`,
    ],
    link: 'No fui yo',
  }),
  'contact-changed': ({ organization }) => ({
    subject: 'Su dirección de correo ha cambiado',
    paragraphs: [
      `Su cuenta en ${organization} tiene una nueva dirección de correo. Durante tres días, los mensajes sobre sus citas van a la dirección antigua y a la nueva.`,
      'Si no fue usted, use el enlace del mensaje que la dirección antigua recibió antes que este.',
    ],
  }),
  'contact-change-undone': ({ organization }) => ({
    subject: 'Su dirección de correo sigue como estaba',
    paragraphs: [
      `Su cuenta en ${organization} tiene su dirección de correo anterior. Se cerraron todas sus sesiones.`,
      'Inicie sesión y cambie su contraseña si el cambio no fue suyo.',
    ],
    link: 'Ir a la página de inicio de sesión',
  }),
  'emergency-access-started': ({ organization, at }) => ({
    subject: 'Se abrió un acceso de emergencia',
    paragraphs: [
      `Alguien que trabaja en ${organization} ha abierto un acceso de emergencia. Termina a más tardar el ${at('until')}.`,
      `Revíselo antes del ${at('reviewDueAt')}. Si no sabe de ninguna emergencia, termínelo ahora.`,
    ],
    link: EMERGENCIES,
  }),
  'emergency-access-review-due': ({ organization, at }) => ({
    subject: 'Un acceso de emergencia espera su revisión',
    paragraphs: [
      `Nadie ha revisado aún un acceso de emergencia en ${organization}. La revisión vence el ${at('reviewDueAt')}.`,
      'Pasado ese plazo, quien lo abrió no puede abrir otro hasta que se revise.',
    ],
    link: EMERGENCIES,
  }),
  'not-me-received': ({ organization }) => ({
    subject: 'Hemos recibido su aviso',
    paragraphs: [
      `Nos ha dicho que algo en su cuenta de ${organization} no fue usted. Hemos terminado lo que correspondía y alguien lo está revisando.`,
      'Elija una contraseña nueva antes de volver a entrar. No tiene que hacer nada más.',
    ],
  }),
  'security-case-opened': ({ organization }) => ({
    subject: 'Alguien avisa de algo de seguridad',
    paragraphs: [
      `Una persona con cuenta en ${organization} nos ha dicho que algo no fue suyo o que le parece extraño.`,
      'Lo que dijo y lo que se terminó está en los casos de seguridad. Por favor, revíselo hoy.',
    ],
    link: 'Ver los casos de seguridad',
  }),
  'shared-credential': ({ organization }) => ({
    subject: 'Puede que varias personas usen una cuenta',
    paragraphs: [
      `Una cuenta del equipo de ${organization} se usó como no lo hace una sola persona: en dos lugares a la vez, en muchos dispositivos o por turnos con otra.`,
      'De quién es y qué se vio está en los casos de seguridad. No se ha cerrado el paso a nadie; por favor, pregunte.',
    ],
    link: 'Ver los casos de seguridad',
  }),
  'network-pass-used': ({ organization, at }) => ({
    subject: 'Se ha usado un código de emergencia',
    paragraphs: [
      `Alguien usó un código de ${organization} que abre una red a pesar de las reglas. Está abierta hasta ${at('until')}.`,
      'Allí se piden la contraseña y los factores como siempre. Si no sabe nada de ello, aísle a quien entró y avise a los demás.',
    ],
    link: 'Ver las reglas de red',
  }),
  // The organization's own words, checked for what must not stand in a mail to everybody.
  'security-update': ({ ownText }) => ({
    ...ownText,
    subject: `Sobre su seguridad: ${ownText.subject}`,
  }),
  'staff-invitation': ({ organization }) => ({
    subject: 'Le invitamos a trabajar con nosotros',
    paragraphs: [
      `${organization} le invita a tener su propia cuenta de trabajo. Con el enlace de abajo elige su nombre y su contraseña; vale siete días y una sola vez.`,
      'Nunca pedimos su contraseña por correo ni por teléfono. Si no sabe quién le invita, no haga caso de este mensaje.',
    ],
    link: 'Aceptar la invitación',
  }),
  'guardianship-confirmed': ({ organization }) => ({
    subject: 'Usted responde de alguien',
    paragraphs: [
      `${organization} ha anotado que usted, o también usted, responde de alguien. Entre para ver de quién.`,
      'Si no es así, dígalo en recepción.',
    ],
    link: 'Ver de quién responde',
  }),
  'guardianship-ended': ({ organization }) => ({
    subject: 'Ya no responde de alguien',
    paragraphs: [
      `Ya no responde de alguien con ${organization}. Desde ahora no ve nada de esa persona.`,
      'Si no es así, pregunte en recepción.',
    ],
    link: 'Ir a su cuenta',
  }),
  'own-account': ({ organization }) => ({
    subject: 'Una cuenta propia',
    paragraphs: [
      `${organization} le ofrece una cuenta propia: hasta ahora otra persona pedía sus citas. Con el enlace de abajo elige una contraseña; vale siete días y una sola vez. Desde entonces nadie más ve sus citas.`,
      'Nunca pedimos su contraseña por correo ni por teléfono. Si no sabe de qué se trata, no haga caso de este mensaje.',
    ],
    link: 'Hacerse cargo de su cuenta',
  }),
  'own-account-proposed': ({ organization }) => ({
    subject: 'Una cuenta propia para alguien',
    paragraphs: [
      `Alguien que responde con usted de una persona con ${organization} quiere que esa persona tenga una cuenta propia. No pasa nada mientras usted no la ofrezca también, a la misma dirección; desde entonces ninguno de los dos ve nada de ella.`,
      'Si no lo quiere, no tiene que hacer nada. Si no sabe de qué se trata, pregunte en recepción.',
    ],
    link: 'Ir a su cuenta',
  }),
  'role-requested': ({ organization }) => ({
    subject: 'Alguien pide un papel por unas horas',
    paragraphs: [
      `Alguien del equipo de ${organization} pide un papel por unas horas y dice por qué. Usted puede darlo o negarlo.`,
      'No pasa nada hasta que otra persona lo decida.',
    ],
    link: 'Ver la petición',
  }),
  'account-dormant': ({ organization, at }) => ({
    subject: 'Una cuenta no se usa desde hace mucho',
    paragraphs: [
      `Hace mucho que nadie usa una cuenta con ${organization} que usted tiene o de la que responde. Si nadie entra con ella, se cerrará ${at('suspendedAt')}.`,
      'Si ya no hace falta, no tiene que hacer nada.',
    ],
    link: 'Ir a la página de acceso',
  }),
};
