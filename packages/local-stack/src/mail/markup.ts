const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** HTML that is safe to put into a page. Only `html` makes it, and it escapes every value that is not already one. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const escape = (value: unknown): string => {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(escape).join('');
  return String(value).replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
};

/** Template tag: whatever stands in `${}` is escaped. */
export function html(strings: TemplateStringsArray, ...values: unknown[]): Markup {
  return new Markup(String.raw({ raw: strings }, ...values.map(escape)));
}

const style = new Markup(`
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 60rem; margin: 0 auto; padding: 1rem }
  nav a { margin-right: 1rem }
  table { border-collapse: collapse; width: 100% }
  td, th { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884; vertical-align: top }
  iframe { width: 100%; height: 32rem; border: 1px solid #8884; background: white }
  pre, code { white-space: pre-wrap; overflow-wrap: anywhere; font-family: ui-monospace, monospace }
  .quiet { opacity: .7 }
`);

const mailboxLinks = html`<nav><a href="/">Mailbox</a><a href="/accounts">Demo accounts</a></nav>`;

/** A whole page of the mailbox, or of another site of this machine; nothing in it is fetched from elsewhere. */
export function page(
  title: string,
  content: Markup,
  options: { refreshSeconds?: number; site?: string } = {},
): string {
  const refresh =
    options.refreshSeconds === undefined
      ? ''
      : html`<meta http-equiv="refresh" content="${options.refreshSeconds}" />`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        ${refresh}
        <title>${title} · ${options.site ?? 'Kept mailbox'}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        ${options.site === undefined ? mailboxLinks : ''}
        <h1>${title}</h1>
        ${content}
      </body>
    </html>`.text;
}
