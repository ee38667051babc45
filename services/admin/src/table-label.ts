/** `schema.table`, as the source's state names it. */
export function tableLabel({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`;
}
