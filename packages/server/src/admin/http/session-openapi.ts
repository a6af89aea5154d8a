type Plain = Readonly<Record<string, unknown>>;

const text = { type: 'string' } as const;

const json = (properties: Readonly<Record<string, Plain>>): Plain => ({
  'application/json': { schema: { type: 'object', required: Object.keys(properties), properties } },
});

const who: Readonly<Record<string, Plain>> = {
  name: { ...text, description: 'Of the operator; token:<id> for a program.' },
  role: { ...text, description: 'viewer, operator, owner' },
  csrf: { ...text, description: 'For the header x-csrf-token of each change by a browser; programs have none.' },
};

interface Asked {
  readonly id: string;
  readonly doc: string;
  readonly body?: Readonly<Record<string, Plain>>;
  readonly answer: Readonly<Record<string, Plain>>;
  /** Whether one must be signed in. */
  readonly open?: true;
}

/** Signing in, as browsers do it: paths of the OpenAPI document. `error` is what a refusal looks like. */
export function sessionPaths(error: Plain): Readonly<Record<string, Plain>> {
  const one = ({ id, doc, body, answer, open }: Asked): Plain => ({
    operationId: id,
    tags: ['session'],
    summary: doc,
    ...(open && { security: [] }),
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: { '200': { description: 'Done.', content: json(answer) }, default: error },
  });
  return {
    '/admin/session': {
      get: one({ id: 'session.show', doc: 'Who one is.', answer: who }),
      post: one({
        id: 'session.signIn',
        doc: 'Signs a browser in: sets the cookie of the session. Ten wrong passwords close the door for the address.',
        body: { name: text, password: text },
        answer: who,
        open: true,
      }),
      delete: one({ id: 'session.signOut', doc: 'Signs this browser out.', answer: {} }),
    },
    '/admin/link': {
      post: one({
        id: 'session.lookAtLink',
        doc: 'For whom a one-time link is, while it is good.',
        body: { link: text },
        answer: { name: text },
        open: true,
      }),
    },
    '/admin/link/use': {
      post: one({
        id: 'session.link',
        doc: 'Uses a one-time link up: sets the password of its operator and signs in.',
        body: { link: text, password: text },
        answer: who,
        open: true,
      }),
    },
    '/admin/password': {
      post: one({
        id: 'session.password',
        doc: 'Changes the own password; other browsers of the operator are signed out.',
        body: { old: text, password: text },
        answer: {},
      }),
    },
  };
}
