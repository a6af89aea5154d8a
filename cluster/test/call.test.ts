// The same from outside, with everything in PostgreSQL.
process.env.RINGBACK_E2E_STORE = 'postgres';
await import('../../e2e/call.test.ts');

export {};
