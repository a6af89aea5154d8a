import { errorRow, errors, Refusal, serviceErrors } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';

const rows = Object.entries(errors);

describe('the error table', () => {
  it('has every gateway code of the documented table, 60002 to 60021', () => {
    const codes = new Set(rows.map(([, row]) => row.code));
    for (let code = 60002; code <= 60021; code += 1) expect([code, codes.has(code as never)]).toEqual([code, true]);
  });

  it.each(rows)('%s says in sentences what happened, why, and what to do', (_, row) => {
    for (const text of [row.text, row.cause, row.fix]) expect(text).toMatch(/^[A-Z`].{8,}[.!]$/);
  });

  it('gives unknown conditions of a service the code of that service', () => {
    expect(errorRow(serviceErrors('call_engine_http_srv').internal).code).toBe(101001);
    expect(errorRow(serviceErrors('call_config').badParams).code).toBe(100002);
    expect(errorRow(serviceErrors('something_else').internal).code).toBe(101001);
  });
});

describe('Refusal', () => {
  it('carries a name, a sentence and a field, and is an Error', () => {
    const refusal = new Refusal('bad_params', 'UserData is too long', 'UserData');
    expect(refusal).toBeInstanceOf(Error);
    expect(refusal).toMatchObject({ reason: 'bad_params', detail: 'UserData is too long', field: 'UserData' });
  });
});
