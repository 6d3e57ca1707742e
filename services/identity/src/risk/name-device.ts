import Bowser from 'bowser';

/** A user agent of 200 kB costs 70 ms (measured); nobody's browser has such a one. */
const READ_MAX = 512;

/** What works without a person: it says so itself, or is a library. Whoever lies is not found here. */
const PROGRAM =
  /\b(?:headless\w*|phantomjs|puppeteer|playwright|selenium|webdriver|curl|wget|python-requests|python-urllib|aiohttp|httpx|go-http-client|okhttp-cli|libwww-perl|scrapy|java\/|bot|crawler|spider)\b/i;

/** Whether the user agent says that a program asks and not a person. */
export const isAutomation = (userAgent: string | null): boolean =>
  userAgent !== null && PROGRAM.test(userAgent.slice(0, READ_MAX));

/**
 * What a person would call the device, such as "Firefox on Windows"; null when it does not say. Only names that the
 * parser itself knows: what a stranger has written into a user agent never stands in a mail.
 */
export function nameDevice(userAgent: string | null): string | null {
  if (userAgent === null || userAgent === '') return null;
  const { browser, os } = Bowser.parse(userAgent.slice(0, READ_MAX));
  const known = (name: string | undefined, names: readonly string[]) =>
    name !== undefined && names.includes(name) ? name : undefined;
  const program = known(browser.name, Object.values(Bowser.BROWSER_MAP));
  const system = known(os.name, Object.values(Bowser.OS_MAP));
  if (program === undefined) return system ?? null;
  return system === undefined ? program : `${program} / ${system}`;
}
