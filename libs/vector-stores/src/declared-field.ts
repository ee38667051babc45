import type { CollectionFeatures, FieldType } from "./collection-spec.js";
import { InputRefusedError } from "./errors.js";

/**
 * The type that a column was declared with, for stores that filter by no others.
 *
 * @param store its name, for the message. @throws {InputRefusedError} with the cure, when it wasn't declared.
 */
export function declaredType(store: string, field: string, fields: CollectionFeatures["fields"]): FieldType {
  const type = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (type !== undefined) return type;
  throw new InputRefusedError(
    `${store} can't filter by the column ${JSON.stringify(field)}: name it under the index's filterable in freshet.yaml.`,
  );
}
