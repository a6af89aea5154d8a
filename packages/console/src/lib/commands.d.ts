declare module 'virtual:commands' {
  /** The commands of the REST API with filled examples, from the list that the reference is made of. */
  export const commands: readonly {
    readonly path: string;
    readonly summary: string;
    readonly description: string;
    readonly examples: readonly { readonly name: string; readonly body: object }[];
  }[];
}
