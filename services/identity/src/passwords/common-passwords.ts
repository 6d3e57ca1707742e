import { dictionary } from '@zxcvbn-ts/language-common';

/**
 * Passwords that are tried first, in lower case, the most frequent in leaks first. AUT-03 asks for 10,000; the package
 * has 49,233 and all of them are refused. Offline: nothing of what people type is sent anywhere to be checked.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(dictionary['passwords-common']);
