// Control characters, line and paragraph separators, and the marks that turn the direction of what follows: names are
// shown inside sentences and mail headers, and must not be able to leave their place (CVE-2021-42574 is the same trick).
const UNSAFE = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF]/gu;
const NAME_CODE_POINTS_MAX = 120;
const PHONE = /^\+?[0-9][0-9 ().-]{4,28}[0-9]$/;

/** A name as it is stored: composed, without control characters, blanks joined; undefined when nothing is left or too much. */
export function canonicalName(text: string): string | undefined {
  if (text.length > NAME_CODE_POINTS_MAX * 4) return undefined;
  const name = text.normalize('NFC').replaceAll(UNSAFE, ' ').replaceAll(/\s+/gu, ' ').trim();
  const length = [...name].length;
  return length >= 1 && length <= NAME_CODE_POINTS_MAX ? name : undefined;
}

/** A telephone number without its decoration, or undefined when it is not one. */
export function canonicalPhone(text: string): string | undefined {
  const trimmed = text.trim();
  return PHONE.test(trimmed) ? trimmed.replaceAll(/[ ().-]/g, '') : undefined;
}
