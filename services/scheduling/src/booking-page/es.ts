import type { NoticeLanguage } from './notice-language.ts';

export const spanish: NoticeLanguage = {
  code: 'es',
  locale: 'es-ES',
  title: 'Qué hacemos con sus datos',
  who: (name) => `${name} es responsable de sus datos.`,
  purposes: {
    'booking.service': 'Para concertar, guardar y atender su cita',
    'booking.reminder': 'Para recordársela',
    'account.security': 'Para proteger las reservas de abusos',
    accountability: 'Para poder mostrar después qué se hizo y que fue lícito',
    payment: 'Para cobrar y devolver señales',
  },
  otherPurpose: 'Para llevar las reservas',
  bases: {
    'gdpr:A6-1-a':
      'porque usted dio su consentimiento; puede retirarlo en cualquier momento (RGPD, art. 6.1.a)',
    'gdpr:A6-1-b': 'porque la cita lo requiere (RGPD, art. 6.1.b)',
    'gdpr:A6-1-c': 'porque la ley lo exige (RGPD, art. 6.1.c)',
    'gdpr:A6-1-f':
      'porque le protege a usted y a otros, lo que aquí pesa más; puede oponerse (RGPD, art. 6.1.f)',
  },
  otherBasis: 'como dice el aviso completo',
  categories: {
    'kept:Schedule': 'las horas de las citas',
    'pd:ServiceConsumptionBehaviour': 'lo que ha reservado',
    'pd:Communication': 'lo que nos escribe',
    'pd:MedicalHealth': 'sus respuestas a las preguntas previas a la cita',
    'pd:DeviceBased': 'los nombres de sus dispositivos',
    'pd:Identifying': 'un número aleatorio que le representa',
    'pd:Name': 'nombres',
    'pd:EmailAddress': 'la dirección de correo electrónico',
    'pd:TelephoneNumber': 'el número de teléfono',
    'pd:IPAddress': 'una dirección de red abreviada, como huella con clave',
    'pd:Age': 'si la persona es menor',
    'pd:Authenticating': 'la prueba de que una solicitud es suya',
    'pd:Behavioural': 'indicios de abuso',
    'pd:FamilyStructure': 'para quién reserva',
    'pd:Location': 'la zona horaria',
  },
  otherCategory: 'otros detalles de la reserva',
  keptFor: (period) => `como máximo ${period}`,
  rights:
    'Puede pedir ver, corregir, llevarse o borrar sus datos, oponerse a su uso y reclamar ante una autoridad de control.',
  whole: 'Leer todo el aviso de privacidad',
  rules: (rules) => [
    rules.deposit && `Al reservar se paga una señal de ${rules.deposit}.`,
    rules.approval ? 'Confirmamos cada solicitud nosotros mismos antes de que valga.' : null,
    rules.leadTime && `Reserve con al menos ${rules.leadTime} de antelación.`,
    rules.cancelUntil === null
      ? 'Puede cancelar hasta que empiece la cita.'
      : `Puede cancelar sin coste hasta ${rules.cancelUntil} antes de la cita.`,
    rules.lateFee && `Cancelar más tarde cuesta ${rules.lateFee}.`,
    rules.noShowFee && `No acudir cuesta ${rules.noShowFee}.`,
    rules.moves === 0
      ? 'La cita no se puede mover.'
      : `Puede moverla ${rules.moves === 1 ? 'una vez' : `${rules.moves} veces`}${rules.moveUntil === null ? '' : `, hasta ${rules.moveUntil} antes de que empiece`}.`,
  ],
};
