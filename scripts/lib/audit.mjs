/** Judges what package-lock.json would install, and what is known of it, by the list of what is allowed. */

/** The name of a package by its place, such as `node_modules/a/node_modules/@b/c`. */
const nameOf = (place) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

const fits = (rule, name) => (rule.endsWith('*') ? name.startsWith(rule.slice(0, -1)) : rule === name);

/** Whether an SPDX expression can be met with licences of the list: one of those with OR, all of those with AND. */
export function licenceFits(expression, licences) {
  const bare = expression.trim().replace(/^\((.*)\)$/, '$1');
  return bare.split(' OR ').some((choice) => choice.split(' AND ').every((one) => licences.includes(one.trim())));
}

/**
 * What is wrong with the packages of a lock file and the manifests of the workspace, in sentences.
 *
 * @param {{ packages: Record<string, Record<string, any>> }} lock
 * @param {readonly { path: string, manifest: Record<string, any> }[]} manifests
 * @param {typeof import('../audit-allow.mjs').allowed} allowed
 * @returns {string[]}
 */
export function packageProblems(lock, manifests, allowed) {
  const problems = [];
  const used = new Set();
  const installed = Object.entries(lock.packages).filter(
    ([place, one]) => place.includes('node_modules/') && !one.link,
  );
  for (const [place, one] of installed) {
    const name = nameOf(place);
    const title = `${name} ${one.version}`;
    const licence = typeof one.license === 'string' ? one.license : '';
    if (!licenceFits(licence, allowed.licences)) {
      const exception = allowed.otherLicences.find((other) => fits(other.name, name) && other.licence === licence);
      if (exception === undefined)
        problems.push(`${title} is under ${licence || 'no licence that it names'}, which is not allowed.`);
      else used.add(exception);
    }
    if (one.hasInstallScript) {
      const exception = allowed.installScripts.find((other) => fits(other.name, name));
      if (exception === undefined) problems.push(`${title} runs a program when it is installed.`);
      else used.add(exception);
    }
    if (typeof one.integrity !== 'string' || !one.integrity.startsWith('sha512-')) {
      problems.push(`${title} has no SHA-512 in package-lock.json, so nobody would notice another content.`);
    }
    if (!/^\d+\.\d+\.\d+/.test(one.version ?? '')) problems.push(`${title} does not come from a registry.`);
    if (one.resolved !== undefined)
      problems.push(`${title} names an address in package-lock.json; .npmrc omits those.`);
  }
  for (const one of [...allowed.otherLicences, ...allowed.installScripts]) {
    if (!used.has(one))
      problems.push(`The exception for ${one.name} is needed no more: take it out of scripts/audit-allow.mjs.`);
  }
  for (const { path, manifest } of manifests) {
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
        const ours = name.startsWith('ringback-') || version.startsWith('file:packages/') || version === '*';
        if (!ours && !/^\d+\.\d+\.\d+$/.test(version))
          problems.push(`${path}: ${name} is not pinned, but "${version}".`);
      }
    }
  }
  return problems;
}

/**
 * What is known against installed packages and not allowed, in sentences.
 *
 * @param {Record<string, any>} report what `npm audit --json` prints
 * @param {readonly { id: string, package: string, reason: string, until: string }[]} advisories
 * @param {string} today `YYYY-MM-DD`
 * @returns {string[]}
 */
export function advisoryProblems(report, advisories, today) {
  const problems = [];
  const found = new Set();
  for (const [name, { via = [] }] of Object.entries(report.vulnerabilities ?? {})) {
    for (const one of via) {
      // A text names another package of the report, where the weakness itself stands.
      if (typeof one === 'string') continue;
      const id = /GHSA-[\w-]+/.exec(one.url ?? '')?.[0] ?? String(one.source);
      const exception = advisories.find((other) => other.id === id && other.package === name);
      found.add(exception);
      if (exception === undefined) problems.push(`${name}: ${one.title} (${one.severity}, ${id}).`);
      else if (exception.until < today) problems.push(`${name}: the exception for ${id} ended on ${exception.until}.`);
    }
  }
  for (const one of advisories) {
    if (!found.has(one))
      problems.push(`The exception for ${one.id} is needed no more: take it out of scripts/audit-allow.mjs.`);
  }
  return problems;
}
