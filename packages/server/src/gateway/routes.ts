import { type ServiceErrors, serviceErrors } from 'ringback-protocol';
import type { Command } from '../commands/command.ts';
import { type Envelope, legacyEnvelope, plainEnvelope, profileEnvelope, standardEnvelope } from './envelope.ts';

/** A command and where the gateway finds it. */
export interface Route {
  /** From 0, in the order of the list. */
  readonly number: number;
  readonly command: Command;
  readonly errors: ServiceErrors;
  readonly envelope: Envelope;
}

/** The routes of a list of commands. */
export const routesOf = (commands: readonly Command[]): readonly Route[] =>
  commands.map((command, number) => ({
    number,
    command,
    errors: serviceErrors(command.service),
    envelope: envelopeOf(command),
  }));

/** Finds a route by its path, `/<version>/<servicename>/<command>`. */
export const routeTable = (routes: readonly Route[]): ReadonlyMap<string, Route> =>
  new Map(routes.map((route) => [route.command.url, route]));

function envelopeOf({ holder, service }: Command): Envelope {
  if (holder === 'data') return legacyEnvelope;
  if (holder === 'Response') return standardEnvelope;
  return service === 'profile' ? profileEnvelope : plainEnvelope;
}
