import { notPersonal, personal } from './declaration.ts';
import type { ColumnDeclaration, PersonalData } from './declaration.ts';

const declared = new WeakMap<object, Map<string, ColumnDeclaration>>();

/** Declares a column of an entity as personal data: whose, what, why, on what ground, how long. */
export function Personal(data: PersonalData): PropertyDecorator {
  return (prototype, property) => remember(prototype, property, personal(data));
}

/** Declares that a column of an entity is not about a person, and why. */
export function NotPersonal(reason: string): PropertyDecorator {
  return (prototype, property) => remember(prototype, property, notPersonal(reason));
}

/** What was declared on an entity's properties, base classes included. */
export function declarationsOf(entity: { prototype: object }): Map<string, ColumnDeclaration> {
  const found = new Map<string, ColumnDeclaration>();
  let prototype: object | null = entity.prototype;
  while (prototype !== null) {
    for (const [property, declaration] of declared.get(prototype) ?? [])
      if (!found.has(property)) found.set(property, declaration);
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return found;
}

function remember(prototype: object, property: string | symbol, declaration: ColumnDeclaration): void {
  const name = String(property);
  let ofEntity = declared.get(prototype);
  if (ofEntity === undefined) declared.set(prototype, (ofEntity = new Map()));
  if (ofEntity.has(name)) throw new Error(`${prototype.constructor.name}.${name} is declared twice.`);
  ofEntity.set(name, declaration);
}
