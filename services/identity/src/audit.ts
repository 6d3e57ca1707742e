import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Caller } from '@kept/passport';

// The names of the OWASP Logging Vocabulary, so that whoever watches for attacks needs no dictionary of ours.
export type AuditAction =
  | 'authn_login_success'
  | 'authn_login_fail'
  | 'authn_login_lock'
  | 'authn_login_unlock'
  | 'authn_login_unlock_asked'
  | 'authn_password_change'
  | 'authn_password_change_fail'
  | 'authn_step_up_asked'
  | 'authn_step_up'
  | 'authn_token_created'
  | 'authn_token_reuse'
  | 'authn_token_revoked'
  | 'session_created'
  | 'session_renewed'
  | 'session_expired'
  | 'user_created'
  | 'user_updated'
  | 'malicious_excess_attempts'
  | 'otp_reuse'
  | 'authn_impossible_travel'
  | 'authz_fail'
  // For these the vocabulary has no words.
  | 'authn_password_reset_asked'
  | 'authn_password_reset'
  | 'authn_password_reset_fail'
  | 'password_policy_changed'
  | 'password_expiry_told'
  | 'access_isolated'
  | 'access_released'
  | 'emergency_access_started'
  | 'emergency_access_refused'
  | 'emergency_access_ended'
  | 'emergency_access_reviewed'
  | 'emergency_access_review_overdue'
  | 'passkey_copy_suspected'
  | 'credentials_rotated'
  | 'token_key_rotated'
  | 'authn_risk_raised'
  | 'risk_policy_changed'
  | 'shared_credential_suspected'
  | 'security_case_opened'
  | 'security_case_closed'
  | 'security_update_sent'
  | 'network_rule_changed'
  | 'network_rule_passed'
  | 'network_pass_made'
  | 'network_pass_used'
  | 'staff_invited'
  | 'staff_invitation_withdrawn'
  | 'staff_invitation_accepted'
  | 'staff_roles_changed'
  | 'account_suspended'
  | 'account_reinstated'
  | 'offboarding_scheduled'
  | 'offboarding_cancelled'
  | 'offboarding_started'
  | 'offboarding_completed'
  | 'vendor_terms_changed'
  | 'dormant_account_noticed'
  | 'dormancy_policy_changed'
  | 'time_boxed_role_requested'
  | 'time_boxed_role_decided'
  | 'time_boxed_role_ended'
  | 'access_review_applied'
  | 'service_account_created'
  | 'service_account_owner_changed'
  | 'service_key_created'
  | 'service_key_revoked'
  | 'guardianship_began'
  | 'guardianship_ended'
  | 'own_account_offered'
  | 'own_account_taken';

export interface AuditEntry {
  readonly action: AuditAction;
  readonly outcome: 'success' | 'failure';
  /** Known people by their account; unknown identifiers only as a keyed hash (A49). */
  readonly subject: {
    readonly type:
      | 'Account'
      | 'Identifier'
      | 'Network'
      | 'Organization'
      | 'EmergencyAccess'
      | 'SecurityCase'
      | 'ServiceKey';
    readonly id: string;
  };
  /** Whose data it is about, where the subject does not say it. */
  readonly dataSubjectId?: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** Publishes an audit entry in the transaction of what it tells of, so that neither exists without the other. */
export async function recordAudit(
  tx: Transaction,
  context: {
    caller: Pick<Caller, 'kind' | 'accountId' | 'requestId'> & { readonly vendor?: boolean };
    now: Date;
  },
  entry: AuditEntry,
): Promise<void> {
  const { caller, now } = context;
  const account = entry.subject.type === 'Account' ? entry.subject.id : entry.dataSubjectId;
  await publish(tx, 'audit.recorded', {
    action: entry.action,
    actor: { kind: caller.vendor === true ? 'VENDOR' : caller.kind, id: caller.accountId },
    subject: entry.subject,
    ...(account !== undefined && { dataSubjectId: account }),
    occurredAt: `${now.getTime()}000`,
    requestId: caller.requestId,
    outcome: entry.outcome,
    details: { ...entry.details },
  });
}
