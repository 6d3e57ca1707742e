import { BlockList, isIP } from 'node:net';
import { AUDIENCES, isRelation } from '@kept/access-policy';
import { z } from 'zod';

const cidr = z
  .string()
  .refine(isCidr, 'must be an address or a network such as 203.0.113.0/24 or 2001:db8::/32');
const country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 code of two capital letters, such as GB');
const some = <Item extends z.ZodType>(item: Item) => z.array(item).min(1, 'must not be empty').optional();

const ruleSchema = z
  .strictObject({
    name: z.string().min(1, 'must say what the rule is for').max(100),
    for: z
      .strictObject({
        callers: some(z.enum(['ANONYMOUS', 'CLIENT', 'STAFF'], 'must be ANONYMOUS, CLIENT or STAFF')),
        audiences: some(
          z.enum(
            AUDIENCES.filter((audience) => !isRelation(audience)),
            'must be an audience of the graph, such as MANAGER',
          ),
        ),
        organizations: some(z.uuid('must be the id of an organization')),
      })
      .optional(),
    allow: some(cidr),
    deny: some(cidr),
    allowCountries: some(country),
    denyCountries: some(country),
    exceptEmergency: z.boolean('must be true or false').default(false),
  })
  .refine(
    (rule) => rule.allow ?? rule.deny ?? rule.allowCountries ?? rule.denyCountries,
    'must say allow, deny, allowCountries or denyCountries',
  );
const fileSchema = z.strictObject({ rules: z.array(ruleSchema, 'must be a list of rules').max(1_000) });

/** One rule, ready to be asked. */
export interface NetworkRule {
  readonly name: string;
  /** Whom it is for; undefined is everybody. */
  readonly for: z.infer<typeof ruleSchema>['for'];
  readonly allow: BlockList | undefined;
  readonly deny: BlockList | undefined;
  readonly allowCountries: ReadonlySet<string> | undefined;
  readonly denyCountries: ReadonlySet<string> | undefined;
  /** Does not hold for somebody under emergency access, which is granted, recorded and reviewed elsewhere. */
  readonly exceptEmergency: boolean;
}

/** Reads the rules of a file's text. Throws one error that names every problem. */
export function readNetworkRules(
  text: string,
  { knowsCountries }: { knowsCountries: boolean },
): NetworkRule[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error('The network rules are not JSON.', { cause });
  }
  const result = fileSchema.safeParse(json);
  const problems = result.success
    ? result.data.rules
        .filter((rule) => !knowsCountries && (rule.allowCountries ?? rule.denyCountries))
        .map((rule) => `"${rule.name}" names countries, which only KEPT_COUNTRY_DATABASE could tell`)
    : result.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  if (!result.success || problems.length > 0) {
    throw new Error(
      `The network rules cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
  }
  return result.data.rules.map((rule) => ({
    name: rule.name,
    for: rule.for,
    allow: rule.allow && blockListOf(rule.allow),
    deny: rule.deny && blockListOf(rule.deny),
    allowCountries: rule.allowCountries && new Set(rule.allowCountries),
    denyCountries: rule.denyCountries && new Set(rule.denyCountries),
    exceptEmergency: rule.exceptEmergency,
  }));
}

function isCidr(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
}

export function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    list.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
  }
  return list;
}
