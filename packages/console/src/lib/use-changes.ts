import { useState } from 'preact/hooks';

type Read<Inputs> = { readonly [Name in keyof Inputs]?: (input: Inputs[Name]) => unknown };

/**
 * What of the inputs of a form is no longer as the form began, each read into what is sent. Only that is to be sent: the rest is
 * what this page has seen last, and somebody else may have changed it since.
 */
export function useChanges<Inputs extends Readonly<Record<string, string | readonly string[]>>>(
  inputs: Inputs,
  read: Read<Inputs> = {},
): () => Readonly<Record<string, unknown>> {
  const [began] = useState(inputs);
  return () => {
    const names = Object.keys(inputs) as (keyof Inputs & string)[];
    const changed = names.filter((name) => String(inputs[name]) !== String(began[name]));
    return Object.fromEntries(changed.map((name) => [name, read[name] ? read[name](inputs[name]) : inputs[name]]));
  };
}
