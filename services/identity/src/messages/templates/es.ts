import { spanishAccountLetters } from './es-account.ts';
import { inWords } from './formats.ts';
import type { Language } from './template.ts';

const SEE_APPOINTMENT = 'Ver o cambiar su cita';

export const spanish: Language = {
  code: 'es',
  locale: 'es-ES',
  greeting: (name) => (name === null ? 'Hola:' : `Hola, ${name}:`),
  closing: (organization) => organization,
  notMe: 'No fui yo',
  genuine: (code) => `¿Duda de que este mensaje sea nuestro? Compruebe su código ${code} aquí`,
  onBothClocks: (own, there) => `${own}, es decir, ${there}`,
  letters: {
    ...spanishAccountLetters,
    'booking-requested': ({ organization, when }) => ({
      subject: 'Hemos recibido su solicitud',
      paragraphs: [
        `Le guardamos esta hora en ${organization}: ${when}.`,
        'Aún no está confirmada. Le escribiremos en cuanto lo esté, o si no es posible.',
      ],
      link: 'Ver su solicitud',
    }),
    'booking-confirmed': ({ organization, when }) => ({
      subject: 'Su cita está confirmada',
      paragraphs: [
        `Su cita en ${organization} está confirmada: ${when}.`,
        'El archivo adjunto la añade a su calendario.',
      ],
      link: SEE_APPOINTMENT,
    }),
    'booking-rescheduled': ({ organization, when }) => ({
      subject: 'Su cita tiene una nueva hora',
      paragraphs: [
        `Su cita en ${organization} se ha cambiado. La nueva hora es ${when}.`,
        'El archivo adjunto la cambia en su calendario.',
      ],
      link: SEE_APPOINTMENT,
    }),
    'booking-cancelled': ({ organization, when }) => ({
      subject: 'Su cita está cancelada',
      paragraphs: [
        `Su cita en ${organization}, ${when}, está cancelada.`,
        'El archivo adjunto la quita de su calendario.',
      ],
      link: 'Pedir una nueva cita',
    }),
    'booking-declined': ({ organization, when }) => ({
      subject: 'No se pudo confirmar su solicitud',
      paragraphs: [
        `Lo sentimos: su solicitud en ${organization} para ${when} no se puede confirmar. Lo ha decidido una persona, y puede preguntarnos al respecto.`,
        'El dinero reservado para ella se le devuelve.',
      ],
      link: 'Buscar otra hora',
    }),
    'booking-expired': ({ organization, when }) => ({
      subject: 'Su solicitud no se respondió a tiempo',
      paragraphs: [
        `Lo sentimos: nadie respondió a tiempo a su solicitud en ${organization} para ${when}, así que la hora vuelve a estar libre.`,
        'El dinero reservado para ella se le devuelve.',
      ],
      link: 'Buscar otra hora',
    }),
    'booking-no-show': ({ organization, when }) => ({
      subject: 'Le echamos de menos',
      paragraphs: [
        `Tenía una cita en ${organization}, ${when}, y hemos anotado que no pudo venir.`,
        'Si es un error, avísenos.',
      ],
      link: 'Pedir una nueva cita',
    }),
    'booking-unpaid': ({ organization, when }) => ({
      subject: 'Una cita no está pagada',
      paragraphs: [
        `Para una cita con ${organization}, ${when}, el pago no se aseguró a tiempo. La cita se mantiene.`,
      ],
      link: SEE_APPOINTMENT,
    }),
    'booking-reminder': ({ organization, when }) => ({
      subject: 'Recordatorio de su cita',
      paragraphs: [
        `Tiene una cita en ${organization}: ${when}.`,
        'Nos pidió que se la recordáramos. Puede cambiarlo en cualquier momento.',
      ],
      link: SEE_APPOINTMENT,
    }),
    'provider-changed': ({ organization, when }) => ({
      subject: 'Una cita tiene una nueva persona de contacto',
      paragraphs: [`De la cita en ${organization}, ${when}, se ocupa ahora otra persona.`],
      link: 'Ver la cita',
    }),
    'series-confirmed': ({ organization, when, count }) => ({
      subject: 'Sus citas están confirmadas',
      paragraphs: [
        `${count('count')} citas en ${organization} están confirmadas. La primera es ${when}.`,
        'Las encuentra todas en nuestras páginas y puede cambiar cada una por separado.',
      ],
      link: 'Ver sus citas',
    }),
    'waitlist-offer': ({ organization, when, at }) => ({
      subject: 'Ha quedado libre una hora para usted',
      paragraphs: [
        `Una hora que espera en ${organization} está libre: ${when}.`,
        `Se la guardamos hasta el ${at('offerUntil')}. Después se pregunta a la siguiente persona.`,
      ],
      link: 'Tomar esta hora',
    }),
    'waitlist-offer-ended': ({ organization, when }) => ({
      subject: 'La hora que le guardamos vuelve a estar libre',
      paragraphs: [
        `La hora que le guardamos en ${organization}, ${when}, no se tomó y se ofreció a otras personas.`,
        'Sigue en la lista como antes, si no la ha dejado.',
      ],
      link: 'Ver su lugar en la lista',
    }),
    'calendar-connection-failed': ({ organization }) => ({
      subject: 'No se puede leer su calendario',
      paragraphs: [
        `No podemos leer un calendario que usted conectó con ${organization}. Hasta que se pueda, quizá no se ofrezcan horas en las que estaría libre.`,
        'Revise la conexión y, si hace falta, conecte de nuevo el calendario.',
      ],
      link: 'Ver sus calendarios',
    }),
    'payment-card-expiring': ({ organization, count }) => ({
      subject: 'Su tarjeta caduca pronto',
      paragraphs: [
        `La tarjeta terminada en ${count('last4')} que guarda en ${organization} caduca pronto.`,
        'Si añade la nueva tarjeta a tiempo, todo lo acordado se mantiene.',
      ],
      link: 'Ver sus tarjetas',
    }),
    'payment-captured': ({ organization, amount, paidFor, partOf }) => ({
      subject: 'Hemos recibido su pago',
      paragraphs: [
        `Hemos recibido su pago de ${amount} por ${paidFor('su cita', 'su bono')} en ${organization}. Gracias.`,
        ...inWords([
          [partOf('tax'), (tax) => `Incluye ${tax} de impuestos.`],
          [partOf('tip'), (tip) => `Incluye su propina de ${tip}.`],
          [partOf('discount'), (discount) => `Se ha aplicado un descuento de ${discount}.`],
        ]),
      ],
      link: 'Ver sus pagos',
    }),
    'payment-fee-charged': ({ organization, amount, partOf }) => ({
      subject: 'Se ha cobrado una tarifa por su cita',
      paragraphs: [
        `Por su cita en ${organization} se ha cobrado la tarifa que usted aceptó al reservar: ${amount}.`,
        ...inWords([[partOf('tax'), (tax) => `Incluye ${tax} de impuestos.`]]),
        'Si cree que no es correcto, consulte con el negocio.',
      ],
      link: 'Ver sus pagos',
    }),
    'payment-refunded': ({ organization, amount, paidFor }) => ({
      subject: 'Su reembolso está en camino',
      paragraphs: [
        `Hemos reembolsado ${amount} por ${paidFor('su cita', 'su bono')} en ${organization}. Su banco puede tardar unos días en mostrarlo.`,
      ],
      link: 'Ver sus pagos',
    }),
    'payment-refund-failed': ({ organization, amount, paidFor }) => ({
      subject: 'Su reembolso no ha llegado',
      paragraphs: [
        `No se han podido reembolsar a su tarjeta ${amount} por ${paidFor('su cita', 'su bono')} en ${organization}. El negocio lo sabe y buscará otra manera.`,
      ],
      link: 'Ver sus pagos',
    }),
    'payment-released': ({ organization, amount, paidFor }) => ({
      subject: 'Se ha liberado una reserva en su tarjeta',
      paragraphs: [
        `Se han liberado ${amount} que estaban reservados para ${paidFor('su cita', 'su bono')} en ${organization}. No se ha cobrado nada; su banco puede tardar unos días en mostrarlo.`,
      ],
      link: 'Ver sus pagos',
    }),
    'payment-expired': ({ organization, amount, paidFor }) => ({
      subject: 'Una reserva en su tarjeta ha caducado',
      paragraphs: [
        `La reserva de ${amount} para ${paidFor('su cita', 'su bono')} en ${organization} ha caducado. No se ha cobrado nada.`,
      ],
      link: 'Ver sus pagos',
    }),
    'payment-action-needed': ({ organization, amount, at }) => ({
      subject: 'Revise el pago de su cita',
      paragraphs: [
        `No se pudieron reservar ${amount} en su tarjeta para su cita con ${organization}: su banco pide su confirmación o lo ha rechazado.`,
        `Confirme el pago o elija otra tarjeta antes de ${at('dueAt')}. Después, la cita puede darse a otra persona.`,
      ],
      link: 'Ver el pago',
    }),
    'payment-balance-due': ({ organization, amount }) => ({
      subject: 'Su cita cuesta más a la nueva hora',
      paragraphs: [
        `Su cita con ${organization} se ha movido y cuesta más de lo que ha pagado: quedan ${amount} por pagar.`,
        'Puede pagar ahora o en la cita.',
      ],
      link: 'Pagar ahora',
    }),
    'payment-disputed': ({ organization, amount, paidFor }) => ({
      subject: 'Su banco disputa un pago',
      paragraphs: [
        `Su banco nos ha comunicado que se disputa un pago de ${amount} por ${paidFor('su cita', 'su bono')} en ${organization}. Ahora decide el banco; hasta entonces este pago no se puede reembolsar.`,
      ],
      link: 'Ver sus pagos',
    }),
    'payment-dispute-closed': ({ organization, amount, paidFor }) => ({
      subject: 'Su banco ha decidido sobre un pago',
      paragraphs: [
        `Su banco ha decidido la disputa sobre un pago de ${amount} por ${paidFor('su cita', 'su bono')} en ${organization}. Le comunicará el resultado.`,
      ],
      link: 'Ver sus pagos',
    }),
    'large-download': ({ organization, count }) => ({
      subject: 'Alguien ha leído una cantidad inusual de registros',
      paragraphs: [
        `Una cuenta en ${organization} ha visto datos de ${count('people')} personas en ${count('rows')} registros en ${count('minutes')} minutos. Es más de lo que pide un día normal.`,
        'De quién es la cuenta y qué se leyó consta en el registro de auditoría (large_download) y en los registros de acceso. Si no fue intencionado, aísle primero la cuenta y pregunte después.',
      ],
      link: 'Ir al registro de auditoría',
    }),
    'unusual-changes': ({ organization, count }) => ({
      subject: 'Se han cambiado citas de forma inusual',
      paragraphs: [
        `Una cuenta en ${organization} ha cambiado citas como no lo pide un día normal: ${count('count')} en ${count('minutes')} minutos.`,
        'De quién es la cuenta y qué se cambió consta en el registro de auditoría (unusual_changes) y en el historial de las citas. Si no fue intencionado, aísle primero la cuenta y pregunte después.',
      ],
      link: 'Ir al registro de auditoría',
    }),
    'review-waiting': ({ organization, count, at }) => ({
      subject: 'Una reserva inusual le espera',
      paragraphs: [
        `Una reserva en ${organization} resultó inusual y espera a un responsable: ${count('count')} en total. Su hora se guarda hasta el ${at('decideBy')}.`,
        'Qué se encontró y qué hacer consta en la lista de revisiones. Nada se deniega sin que alguien lo decida.',
      ],
      link: 'Ir a la lista de revisiones',
    }),
    'payment-incident': ({ organization, count }) => ({
      subject: 'Hay pagos que alguien debe revisar',
      paragraphs: [
        `Los libros de ${organization} y el proveedor de pagos no dicen lo mismo, o los libros se contradicen. Incidentes abiertos: ${count('count')}.`,
        'De qué pago se trata, y qué dice cada parte, consta en la lista de incidentes de pago. No se ha movido nada; lo que está mal se corrige en el proveedor de pagos.',
      ],
      link: 'Ir a los incidentes de pago',
    }),
    'processor-attestation': ({ organization, count }) => ({
      subject: 'La acreditación de su proveedor de pagos caduca',
      paragraphs: [
        `La acreditación PCI DSS del proveedor de pagos con el que ${organization} acepta tarjetas consta como válida hasta el ${count('validUntil')}. Después de ese día los pagos no vuelven a arrancar hasta que haya una nueva.`,
        'Pídala al proveedor de pagos y procure que quienes operan este sistema anoten la nueva fecha. El incidente termina entonces por sí solo.',
      ],
      link: 'Ir a los incidentes de pago',
    }),
  },
};
