/** What the comparison with Kamailio runs beside Node: programs, each with its Debian package. */
export const needs = { kamailio: 'kamailio', sipp: 'sip-tester' };
