/** One m-line of a session description, cut into its attributes. */
export interface SdpSection {
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  /** Values of each `a=` line by its name, in order; the empty string where an attribute has none. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

/** A session description as text says it, with nothing believed yet. */
export interface Sdp {
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  readonly sections: readonly SdpSection[];
}

/** How a side can be reached and recognised. */
export interface SdpTransport {
  readonly ufrag: string;
  readonly pwd: string;
  /** SHA-256 of the certificate, in pairs of hex digits. */
  readonly fingerprint: string;
  readonly setup: 'actpass' | 'active' | 'passive';
}

/** What is wrong with a description, in a sentence. */
export class SdpProblem extends Error {}

/**
 * Characters and lines of a description that is read at all: what the protocol carries, and what a room of 100 needs. A
 * number of its own, since the process that forwards loads no other package before it knows that the native one is there.
 */
export const longestSdp = 160_000;
const mostLines = 6000;
const longestLine = 1024;

/** Cuts a description into sections and attributes. Throws an `SdpProblem`. */
export function readSdp(text: string): Sdp {
  if (text.length > longestSdp) throw new SdpProblem(`The description is longer than ${longestSdp} characters.`);
  const lines = text.split(/\r\n|\n/);
  if (lines.length > mostLines) throw new SdpProblem(`The description has more than ${mostLines} lines.`);
  if (lines[0] !== 'v=0') throw new SdpProblem('The description does not begin with v=0.');
  const attributes = new Map<string, string[]>();
  const sections: (SdpSection & { attributes: Map<string, string[]> })[] = [];
  for (const line of lines) {
    if (line.length > longestLine) throw new SdpProblem(`A line is longer than ${longestLine} characters.`);
    if (line.startsWith('m=')) sections.push(readMediaLine(line));
    if (!line.startsWith('a=')) continue;
    const colon = line.indexOf(':');
    const name = colon < 0 ? line.slice(2) : line.slice(2, colon);
    const target = sections.at(-1)?.attributes ?? attributes;
    const values = target.get(name);
    if (values === undefined) target.set(name, [colon < 0 ? '' : line.slice(colon + 1)]);
    else values.push(colon < 0 ? '' : line.slice(colon + 1));
  }
  return { attributes, sections };
}

function readMediaLine(line: string): SdpSection & { attributes: Map<string, string[]> } {
  const match = /^m=(audio|video|application) (\d{1,5}) (\S{1,40}) (.{1,500})$/.exec(line);
  if (match === null) throw new SdpProblem('An m-line cannot be read.');
  const [, kind = '', port, protocol = '', formats = ''] = match;
  return { kind, port: Number(port), protocol, formats: formats.split(' '), attributes: new Map() };
}

/** The value of an attribute that stands once at the most, in the section or else above all. */
export const attribute = (sdp: Sdp, section: SdpSection, name: string): string | undefined =>
  (section.attributes.get(name) ?? sdp.attributes.get(name))?.[0];

/** How the side that wrote the description can be reached; its first section speaks for the bundle. */
export function readTransport(sdp: Sdp): SdpTransport {
  const section = sdp.sections[0];
  if (section === undefined) throw new SdpProblem('The description has no m-line.');
  const ufrag = attribute(sdp, section, 'ice-ufrag') ?? '';
  const pwd = attribute(sdp, section, 'ice-pwd') ?? '';
  const setup = attribute(sdp, section, 'setup') ?? '';
  const [algorithm = '', fingerprint = ''] = (attribute(sdp, section, 'fingerprint') ?? '').split(' ');
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(ufrag)) throw new SdpProblem('ice-ufrag is missing or wrong.');
  if (!/^[A-Za-z0-9+/]{22,256}$/.test(pwd)) throw new SdpProblem('ice-pwd is missing or wrong.');
  if (algorithm.toLowerCase() !== 'sha-256' || !/^[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31}$/.test(fingerprint)) {
    throw new SdpProblem('The fingerprint is not one of SHA-256.');
  }
  if (setup !== 'actpass' && setup !== 'active' && setup !== 'passive') throw new SdpProblem('setup is missing.');
  return { ufrag, pwd, fingerprint: fingerprint.toUpperCase(), setup };
}

/** The identification of a section: a short token. */
export function readMid(section: SdpSection): string {
  const mid = section.attributes.get('mid')?.[0] ?? '';
  if (!/^[A-Za-z0-9_.-]{1,32}$/.test(mid)) throw new SdpProblem('An m-line has no usable mid.');
  return mid;
}
