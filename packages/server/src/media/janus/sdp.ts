import { Refusal } from 'ringback-protocol';

/** Sections of a description at most: audio and video of 99 others. */
const mostSections = 200;

const bad = (field: string, sentence: string): Refusal => new Refusal('frame_bad_params', sentence, `data.${field}`);

/** A device's description, if it has the form of one; Janus reads the rest. Throws a `Refusal`. */
export function checkSdp(sdp: string): string {
  const lines = sdp.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines[0] !== 'v=0' || !lines.every((line) => /^[a-z]=[\x20-\x7e]*$/.test(line))) {
    throw bad('sdp', 'data.sdp must be a session description: lines of a letter, = and text, the first one v=0');
  }
  const sections = lines.filter((line) => line.startsWith('m=')).length;
  if (sections < 1 || sections > mostSections) throw bad('sdp', 'data.sdp must have 1 to 200 media sections');
  return sdp;
}

/** An ICE candidate as Janus takes it. Throws a `Refusal`. */
export function checkCandidate(candidate: string, mid: string): object {
  if (candidate === '') return { completed: true };
  if (!/^(a=)?candidate:[\x20-\x7e]+$/.test(candidate)) {
    throw bad('candidate', 'data.candidate must be an ICE candidate, or empty');
  }
  return { candidate, sdpMid: mid === '' ? '0' : mid };
}
