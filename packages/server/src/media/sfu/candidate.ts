import { isIP } from 'node:net';
import { SdpProblem } from './sdp-read.ts';

const pattern =
  /^candidate:\S{1,64} \d{1,5} (udp|tcp) \d{1,10} (\S{1,255}) \d{1,5} typ (?:host|srflx|prflx|relay)(?: [\x20-\x7e]*)?$/i;

/**
 * Checks a candidate of a device; throws an `SdpProblem`.
 *
 * It goes no further: the SFU never sends to an address that it was told, only to those from which it was asked with the
 * right password. So nobody can make it knock at doors inside its network, or resolve names.
 */
export function checkCandidate(text: string): void {
  // The empty one says that there are no more.
  if (text === '') return;
  const match = text.length > 600 ? null : pattern.exec(text.replace(/^a=/, ''));
  if (match === null) throw new SdpProblem('The candidate cannot be read.');
  const address = match[2] ?? '';
  if (isIP(address) === 0 && !/^[A-Za-z0-9-]{1,63}\.local$/.test(address)) {
    throw new SdpProblem('The address of the candidate is neither an IP address nor a .local name.');
  }
}

/**
 * The candidates to show to devices, of those gathered: UDP ones as they are; or, with an announced address, one with
 * that address in the place of the first.
 */
export function shownCandidates(gathered: readonly string[], announce: string): readonly string[] {
  const udp = gathered
    .map((one) => one.replace(/^a=/, '').replace(/^candidate:/, ''))
    .filter((one) => /^\S+ 1 udp /i.test(one));
  const [first] = udp;
  if (announce === '' || first === undefined) return udp;
  const parts = first.split(' ');
  parts[4] = announce;
  return [parts.join(' ')];
}
