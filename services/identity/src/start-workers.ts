import { startInbox, startRelay } from '@kept/events';
import { handler, type Carrier } from '@kept/jobs';
import type { Lifetime, Logger } from '@kept/subgraph-kit';
import { sendCampaigns, sendDueCampaigns } from './campaigns/send-campaigns.job.ts';
import type { IdentityConfig } from './config.ts';
import { forgetWithdrawals } from './control/withdrawals.ts';
import { remindOfDueReviews, remindOfReviews } from './emergency-access/remind-of-reviews.job.ts';
import type { Identity } from './identity.ts';
import { onTrainingCompleted } from './training/on-training-completed.ts';
import { closeDormant, closeDormantAccounts } from './people/dormant/close-dormant.job.ts';
import { onReviewDecided } from './people/access-review/on-review-decided.ts';
import { onOffboardingAnswered } from './people/offboarding/note-answer.ts';
import { runDueOffboardings, runOffboardings } from './people/offboarding/run-offboardings.job.ts';
import { onAlertRaised } from './messages/on-alert-raised.ts';
import { onMessageDecided } from './messages/on-message-decided.ts';
import { onMessageWithdrawn } from './messages/on-message-withdrawn.ts';
import { openMailer } from './messages/open-mailer.ts';
import { sendClaimedMail, sendMail, type MailSending } from './messages/send-mail.job.ts';
import { mustEncryptMail } from './messages/smtp-transport.ts';
import { sweepDueMail, sweepMail } from './messages/sweep-mail.job.ts';
import { sweepIdleSessions, sweepSessions } from './sessions/end-idle-sessions.job.ts';
import { remindOfAgeingPasswords, remindOfPasswords } from './password-change/remind-of-passwords.job.ts';
import { openTexts, type Texts } from './sms/send-text.ts';
import { purge, purgeIdentity } from './retention/purge-expired.job.ts';

/** Starts what identity does besides answering: sending mail, hearing and telling the other services, forgetting. */
export async function startWorkers(
  identity: Identity,
  {
    carrier,
    config,
    log,
    lifetime,
  }: { carrier: Carrier; config: IdentityConfig; log: Logger; lifetime: Lifetime },
): Promise<void> {
  const sweepMs = config.KEPT_SWEEP_SECONDS * 1_000;
  const mailer = openMailer({
    url: config.SMTP_URL,
    from: config.MAIL_FROM,
    encrypted: mustEncryptMail(config),
  });
  lifetime.onStop('mailer', () => mailer.close());
  const events = {
    database: identity.database,
    carrier,
    service: 'identity',
    signingKey: config.KEPT_SIGNING_KEY,
    trustedKeys: config.KEPT_TRUSTED_KEYS,
    clock: identity.clock,
    log,
  } as const;
  const relay = startRelay({ ...events, pollMs: Math.min(sweepMs, 5_000) });
  lifetime.onStop('relay', () => relay.stop());
  const inbox = startInbox({
    ...events,
    handlers: {
      'message.decided': (tx, event) => onMessageDecided(identity, log, { tx, event }),
      'message.withdrawn': (tx, event) => onMessageWithdrawn({ tx, event }),
      'training.completed': onTrainingCompleted,
      'offboarding.answered': onOffboardingAnswered,
      'access.review_decided': onReviewDecided,
      'alert.raised': (tx, event) => onAlertRaised(identity, log, { tx, event }),
    },
  });
  lifetime.onStop('inbox', () => inbox.stop());

  const texts = textsOf(config);
  if (texts) lifetime.onStop('texts', () => texts.stop());
  const sending = {
    identity,
    mailer,
    texts,
    publicUrl: config.KEPT_PUBLIC_URL,
    linkKeys: config.KEPT_LINK_PRIVATE_KEYS ?? [],
    log,
  };
  await workOff(identity, { carrier, sending, sweepMs });
}

/** Its jobs: mails as they come, and everything that is looked for now and then. */
async function workOff(
  identity: Identity,
  { carrier, sending, sweepMs }: { carrier: Carrier; sending: MailSending; sweepMs: number },
): Promise<void> {
  const sweeps = [
    handler(sweepMail, () => sweepDueMail(identity, carrier)),
    handler(purge, async (_data, { signal }) => {
      await forgetWithdrawals(identity);
      await purgeIdentity(identity, { signal });
    }),
    handler(remindOfPasswords, () => remindOfAgeingPasswords(identity)),
    handler(sweepSessions, () => sweepIdleSessions(identity)),
    handler(sendCampaigns, () => sendDueCampaigns(identity)),
    handler(runOffboardings, () => runDueOffboardings(identity)),
    handler(closeDormant, () => closeDormantAccounts(identity)),
    handler(remindOfReviews, () => remindOfDueReviews(identity)),
  ];
  carrier.work([handler(sendMail, (mail) => sendClaimedMail(sending, mail)), ...sweeps], { concurrency: 4 });
  for (const job of [
    sweepMail,
    purge,
    remindOfPasswords,
    sweepSessions,
    sendCampaigns,
    runOffboardings,
    closeDormant,
    remindOfReviews,
  ])
    await carrier.every(job, { everyMs: sweepMs });
}

/** The provider of text messages, where there is one. */
function textsOf(config: IdentityConfig): Texts | undefined {
  const { KEPT_SMS_URL: url, KEPT_SMS_ACCOUNT: account, KEPT_SMS_TOKEN: token, KEPT_SMS_FROM: from } = config;
  if (url === undefined || account === undefined || token === undefined || from === undefined)
    return undefined;
  return openTexts({ url, account, token, from, development: config.KEPT_OUTBOUND_DEVELOPMENT === 'on' });
}
