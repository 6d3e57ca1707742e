// What a real browser sends, with the authenticator that Chromium has for tests. Attacks have a suite without a browser.
import { json, listen, openLog } from '@kept/subgraph-kit';
import { describeWithChromium } from '@kept/testing';
import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core';
import { openTestIdentity, rootField, type TestIdentity } from '../../test-identity.ts';
import { passkeyPeople, type Registered } from './people-for-tests.ts';

describeWithChromium('passkeys in a browser', (executablePath) => {
  let browser: Browser;
  let page: Page;
  let devtools: CDPSession;
  let site: { url: string; stop(): Promise<void> };
  let test: TestIdentity;
  beforeAll(async () => {
    const answer = json(200, {});
    const document = {
      ...answer,
      headers: { ...answer.headers, 'content-type': 'text/html' },
      body: '<!doctype html>',
    };
    site = await listen({
      host: '127.0.0.1',
      port: 0,
      routes: [{ method: 'GET', path: '/', handle: () => document }],
      log: openLog({ service: 'test', level: 'silent' }),
    });
    // Passkeys are of domains, and an address is none.
    const origin = site.url.replace('127.0.0.1', 'localhost');
    test = await openTestIdentity({ publicUrl: origin });
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage();
    await page.goto(`${origin}/`);
    devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
  });
  afterAll(async () => {
    await browser.close();
    await test.stop();
    await site.stop();
  });

  /** Runs a ceremony in the page, as an app does it. */
  const ceremony = async (kind: 'create' | 'get', options: string) => {
    const parse = kind === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON';
    const credential: { id: string; response: Record<string, unknown> } = await page.evaluate(
      `navigator.credentials.${kind}({ publicKey: PublicKeyCredential.${parse}(${options}) }).then((made) => made.toJSON())`,
    );
    return { id: credential.id, response: credential.response };
  };
  const authenticator = async (isUserVerified: boolean) => {
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified,
        automaticPresenceSimulation: true,
      },
    });
    return {
      verifies: (verified: boolean) =>
        devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: verified }),
      remove: () => devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId }),
    };
  };

  it('[AUT-13] registers a passkey and signs in with it; without a finger or a face it does not', async () => {
    const organizationId = await test.organization();
    const member = await test.member({ organizationId, roles: ['CLIENT'] });
    const people = passkeyPeople(test);
    const device = await authenticator(true);
    const caller = test.callerFrom(await test.signIn(member));
    const begun = await people.begin(caller);
    const { id, response } = await ceremony('create', begun.options);
    const { clientDataJSON, attestationObject, transports } = response;
    const made: Registered = await people.finish(caller, {
      flow: begun.flow,
      id,
      clientDataJSON,
      attestationObject,
      transports,
    });
    expect(made.__typename).toBe('PasskeyRegistered');

    const used = async () => {
      const { flow, options } = await people.challenge(organizationId);
      const assertion = await ceremony('get', options);
      const { authenticatorData, signature, userHandle } = assertion.response;
      return people.answer(organizationId, flow, {
        id: assertion.id,
        clientDataJSON: assertion.response['clientDataJSON'],
        authenticatorData,
        signature,
        userHandle,
      });
    };
    expect(await used()).toMatchObject({ __typename: 'SessionIssued', viewer: { id: member.id } });
    const { data } = await test.ask(test.callerFrom(await used()), '{ viewer { factors { kind } } }');
    expect(rootField<{ factors: object[] }>({ data }).factors).toContainEqual({ kind: 'PASSKEY' });
    await device.verifies(false);
    await expect(used()).rejects.toThrow('NotAllowedError');
    await device.remove();
  });
});
