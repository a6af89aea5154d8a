import type { Command } from 'commander';

/** Adds a command, or those of one room, to the program. */
type Add = (program: Command) => unknown;

/**
 * THE LIST of the program's commands, in the order of the help. Each is loaded when it is asked for: `usersig make` needs no
 * database, and nobody waits for what they do not use.
 */
const commands: Readonly<Record<string, (alone: boolean) => Promise<Add>>> = {
  serve: async () => (await import('./serve.ts')).addServeCommand,
  app: async () => (await import('./app.ts')).addAppCommand,
  usersig: async () => (await import('./usersig.ts')).addUserSigCommand,
  call: async (alone) => {
    const { addCallCommand, commandWords } = await import('./call.ts');
    const words = alone ? await commandWords() : [];
    return (program) => addCallCommand(program, words);
  },
  calls: async () => (await import('./calls.ts')).addCallsCommand,
  webhooks: async () => (await import('./webhooks.ts')).addWebhooksCommand,
  push: async () => (await import('./push.ts')).addPushCommand,
  listen: async () => (await import('./listen.ts')).addListenCommand,
  trigger: async () => (await import('./trigger.ts')).addTriggerCommand,
  token: async () => (await import('./token.ts')).addTokenCommand,
  console: async () => (await import('./console.ts')).addConsoleCommand,
  secrets: async () => (await import('./secrets.ts')).addSecretsCommand,
  migrate: async () => (await import('./migrate.ts')).addMigrateCommand,
  backup: async () => (await import('./backup.ts')).addBackupCommand,
  restore: async () => (await import('./backup.ts')).addRestoreCommand,
  bench: async () => (await import('./bench.ts')).addBenchCommand,
  emulate: async () => (await import('./emulate.ts')).addEmulateCommand,
  doctor: async () => (await import('./doctor.ts')).addDoctorCommand,
};

/** Adds the command of this name; all of them where there is none, for the help and for what sounds like it. */
export async function addCommands(program: Command, name: string | undefined): Promise<void> {
  const one = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  const loads = one === undefined ? Object.values(commands) : [one];
  const adds = await Promise.all(loads.map((load) => load(one !== undefined)));
  for (const add of adds) add(program);
}
