// The one function of qs that is used here; @types/qs would be a dependency for a line.
declare module 'qs' {
  export function parse(
    text: string,
    options: { depth: number; parameterLimit: number; arrayLimit: number },
  ): Record<string, unknown>;
}
