import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Service, ServiceAccount } from 'kubernetes-models/v1';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadSettings } from '../../packages/server/src/config/load.ts';
import { declarationOf, environmentName, settingKeys } from '../../packages/server/src/config/settings.ts';

// biome-ignore lint/suspicious/noExplicitAny: manifests and values are judged member by member.
type Json = any;

const chart = join(import.meta.dirname, '../helm/ringback');
const values: Json = parse(readFileSync(join(chart, 'values.yaml'), 'utf8'));
const schema: Json = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8'));
const valid = new Ajv({ strict: false, allErrors: true }).compile(schema);

/** As Helm merges what is given into the values of the chart: maps member by member, all else as a whole. */
function merged(base: Json, given: Json): Json {
  if (typeof base !== 'object' || base === null || Array.isArray(base) || Array.isArray(given)) return given;
  const names = new Set([...Object.keys(base), ...Object.keys(given)]);
  return Object.fromEntries(
    [...names].map((name) => [name, name in given ? merged(base[name] ?? null, given[name]) : base[name]]),
  );
}

/** Values that operators would give. */
const sets: Readonly<Record<string, Json>> = {
  'one node behind a proxy': { trustProxy: ['10.0.0.7'] },
  'one node with a certificate': {
    tls: { existingSecret: 'calls-tls' },
    service: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
    persistence: { size: '100Gi', storageClass: 'fast' },
    settings: {
      records: { keepDays: 800 },
      webhooks: { allowPrivate: ['10.1.0.0/16'] },
      limits: { appRate: 1_000_000 },
    },
  },
  'three nodes with everything': {
    replicas: 3,
    image: { repository: 'registry.example.com/ringback', tag: '0.2.0' },
    imagePullSecrets: [{ name: 'registry' }],
    database: { existingSecret: 'ringback-db', key: 'uri' },
    redis: { existingSecret: 'ringback-redis' },
    trustProxy: ['10.244.0.0/16', 'fd00::/64'],
    secretSettings: [
      { setting: 'media.turn.secret', existingSecret: 'turn', key: 'shared' },
      { setting: 'media.janus.apiSecret', existingSecret: 'janus', key: 'api' },
    ],
    media: { sfu: { hostPort: 40_000 } },
    ingress: {
      enabled: true,
      className: 'nginx',
      host: 'calls.example.com',
      tlsSecret: 'calls-tls',
      annotations: { a: 'b: "c"' },
    },
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    podLabels: { team: 'calls' },
    podAnnotations: { note: 'yes' },
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'calls', operator: 'Exists' }],
    affinity: { podAntiAffinity: {} },
    priorityClassName: 'high',
  },
  'two nodes without a budget': {
    replicas: 2,
    database: { existingSecret: 'db' },
    redis: { existingSecret: 'redis' },
    tls: { existingSecret: 'tls' },
    podDisruptionBudget: { enabled: false },
    media: { sfu: { hostPort: 40_000, announce: '203.0.113.7' } },
  },
  'two nodes without group calls': {
    replicas: 2,
    database: { existingSecret: 'db' },
    redis: { existingSecret: 'redis' },
    trustProxy: ['10.0.0.7'],
  },
};

const models: Readonly<Record<string, new (data: never) => { validate(): void }>> = {
  Deployment,
  StatefulSet,
  Ingress,
  PodDisruptionBudget,
  ConfigMap,
  Service,
  ServiceAccount,
};

describe('the Helm chart', () => {
  let rendered: Readonly<Record<string, Readonly<Record<string, string>>>>;

  beforeAll(() => {
    const input = {
      chart,
      sets: Object.fromEntries(Object.entries(sets).map(([name, one]) => [name, merged(values, one)])),
    };
    const out = execFileSync('go', ['run', join(import.meta.dirname, 'render/main.go')], {
      input: JSON.stringify(input),
      env: { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' },
    });
    rendered = JSON.parse(String(out));
  }, 180_000);

  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringback-chart-'));
  });

  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  /** All documents of a set, each parsed; duplicate keys and the like are errors. */
  function documents(set: string): readonly Json[] {
    return Object.entries(rendered[set] ?? {})
      .filter(([name]) => name.endsWith('.yaml'))
      .flatMap(([name, text]) =>
        parseAllDocuments(text, { strict: true, uniqueKeys: true }).map((one) => {
          expect([name, one.errors, one.warnings]).toEqual([name, [], []]);
          return one.toJS();
        }),
      )
      .filter((one) => one !== null);
  }
  const of = (set: string, kind: string): Json => documents(set).filter((one) => one.kind === kind);
  const podOf = (set: string): Json => (of(set, 'Deployment')[0] ?? of(set, 'StatefulSet')[0]).spec.template;
  const envOf = (set: string): Readonly<Record<string, string>> =>
    Object.fromEntries(podOf(set).spec.containers[0].env.map(({ name, value = '(the host)' }: Json) => [name, value]));

  describe.each(Object.keys(sets))('for %s', (set) => {
    it('renders to what Kubernetes takes', () => {
      expect([rendered[set]?.error, valid(merged(values, sets[set])), valid.errors]).toEqual([undefined, true, null]);
      for (const one of documents(set)) {
        expect(one.metadata.labels).toMatchObject({
          'app.kubernetes.io/name': 'ringback',
          'app.kubernetes.io/instance': 'calls',
        });
        const model = models[one.kind];
        // Of an operator's own kinds there are no schemas here.
        if (one.kind === 'ServiceMonitor') continue;
        expect([one.kind, model]).toEqual([one.kind, expect.any(Function)]);
        if (model !== undefined) new model(one as never).validate();
      }
    });

    it('runs without rights, writes nothing but its data, and has every volume that it mounts', () => {
      const { spec } = podOf(set);
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(spec.automountServiceAccountToken).toBe(false);
      expect(spec.enableServiceLinks).toBe(false);
      const [container] = spec.containers;
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.resources).toMatchObject({ requests: { cpu: '500m', memory: '512Mi' } });
      const claims = of(set, 'StatefulSet')[0]?.spec.volumeClaimTemplates.map((one: Json) => one.metadata.name) ?? [];
      const volumes = [...spec.volumes.map((one: Json) => one.name), ...claims];
      expect(container.volumeMounts.map((one: Json) => one.name).sort()).toEqual([...volumes].sort());
      expect(new Set(volumes).size).toBe(volumes.length);
    });

    it('is asked whether it lives and is ready at the port that answers plainly', () => {
      const [{ startupProbe, livenessProbe, readinessProbe, ports }] = podOf(set).spec.containers;
      expect(ports).toContainEqual({ name: 'ops', containerPort: 9464 });
      expect([startupProbe.httpGet, livenessProbe.httpGet]).toEqual(Array(2).fill({ path: '/healthz', port: 'ops' }));
      expect(readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'ops' });
      const { terminationGracePeriodSeconds } = podOf(set).spec;
      expect(terminationGracePeriodSeconds).toBeGreaterThan(35);
    });

    it('leads every Service to ports that there are', () => {
      const named = podOf(set).spec.containers[0].ports.map((one: Json) => one.name);
      for (const { spec } of of(set, 'Service')) {
        for (const { targetPort } of spec.ports) expect(named).toContain(targetPort);
        for (const [label, value] of Object.entries(spec.selector)) {
          expect(podOf(set).metadata.labels[label]).toBe(value);
        }
      }
    });

    it('tells the server settings that it takes', () => {
      // Files of secrets are not here; that they are named by the right variable is seen below.
      const env = Object.fromEntries(
        Object.entries(envOf(set)).filter(([name]) => !name.endsWith('_FILE') && name !== 'RINGBACK_CONFIG'),
      );
      const announced =
        env.RINGBACK_MEDIA_SFU_ANNOUNCE === '(the host)' ? { RINGBACK_MEDIA_SFU_ANNOUNCE: '192.0.2.1' } : {};
      const { settings } = loadSettings({ flags: {}, env: { ...env, ...announced } });
      expect([settings.data, settings.ops]).toEqual(['/data/ringback', '0.0.0.0:9464']);
      const files = settingKeys.filter((key) => declarationOf(key).secret).map((key) => `${environmentName(key)}_FILE`);
      for (const name of Object.keys(envOf(set)).filter((one) => one.endsWith('_FILE'))) expect(files).toContain(name);
    });

    it('mounts secrets and a configuration that the server takes', () => {
      const { volumes, containers } = podOf(set).spec;
      const mounted = new Map<string, string>(containers[0].volumeMounts.map((one: Json) => [one.name, one.mountPath]));
      const put = (path: string, content: string, mode: number): void => {
        const file = join(folder, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content);
        chmodSync(file, mode);
      };
      const contents: Readonly<Record<string, string>> = { database: 'postgres://a:b@db/c', redis: 'redis://:d@cache' };
      for (const { name, secret } of volumes.filter((one: Json) => one.secret !== undefined)) {
        for (const { key, path } of secret.items ?? []) {
          put(join(mounted.get(name) ?? '', path), `${contents[name] ?? key}\n`, secret.defaultMode);
        }
      }
      const [map] = of(set, 'ConfigMap');
      for (const [name, content] of Object.entries(map.data)) {
        put(join(mounted.get('settings') ?? '', name), String(content), 0o644);
      }
      const env = Object.fromEntries(
        Object.entries(envOf(set)).map(([name, value]) => [
          name,
          /^\/(run|etc)\//.test(value) ? folder + value : value,
        ]),
      );
      // Files of Kubernetes are root's, and the program is not root.
      vi.spyOn(process, 'getuid').mockReturnValue((process.getuid?.() ?? 0) + 1);
      const { settings, file } = loadSettings({ flags: {}, env: { ...env, RINGBACK_MEDIA_SFU_ANNOUNCE: '192.0.2.1' } });
      expect(file).toBe(join(folder, '/etc/ringback/ringback.yaml'));
      const { database, redis, secretSettings = [] } = sets[set];
      expect([settings.database, settings.redis]).toEqual([
        database === undefined ? '' : contents.database,
        redis === undefined ? '' : contents.redis,
      ]);
      for (const { setting, key } of secretSettings) expect(settings).toMatchObject({ [setting]: key });
    });

    it('says what to do next', () => {
      expect(rendered[set]?.['NOTES.txt']).toMatch(
        /kubectl -n telephony exec (deploy|statefulset)\/calls-ringback -- .* app create/,
      );
      expect(rendered[set]?.['NOTES.txt']).not.toContain('<no value>');
    });
  });

  it('is a StatefulSet with a volume for the embedded database, and one process of it', () => {
    const [set] = of('one node with a certificate', 'StatefulSet');
    expect(set.spec).toMatchObject({ replicas: 1, serviceName: 'calls-ringback-ops' });
    expect(set.spec.volumeClaimTemplates[0].spec).toEqual({
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: '100Gi' } },
    });
    expect(of('one node with a certificate', 'PodDisruptionBudget')).toEqual([]);
    const file = parse(of('one node with a certificate', 'ConfigMap')[0].data['ringback.yaml']);
    expect(file).toEqual(sets['one node with a certificate'].settings);
    const env = envOf('one node with a certificate');
    expect([env.RINGBACK_HTTPS, env.RINGBACK_HTTP]).toEqual(['0.0.0.0:8443', 'off']);
  });

  it('is a Deployment on a database and a Redis, with a budget, for more', () => {
    const set = 'three nodes with everything';
    const [deployment] = of(set, 'Deployment');
    expect(deployment.spec).toMatchObject({
      replicas: 3,
      // The port of the machine is taken until the old pod is gone.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    });
    expect(of('two nodes without group calls', 'Deployment')[0].spec.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    expect(envOf(set)).toMatchObject({
      RINGBACK_DATABASE_FILE: '/run/secrets/database/url',
      RINGBACK_REDIS_FILE: '/run/secrets/redis/url',
      RINGBACK_MEDIA_TURN_SECRET_FILE: '/run/secrets/setting-0/value',
      RINGBACK_MEDIA_JANUS_API_SECRET_FILE: '/run/secrets/setting-1/value',
      RINGBACK_GATEWAY_TRUST_PROXY: '10.244.0.0/16,fd00::/64',
      RINGBACK_MEDIA_SFU_PORT: '40000',
      RINGBACK_HTTPS: 'off',
    });
    expect(podOf(set).spec.containers[0].image).toBe('registry.example.com/ringback:0.2.0');
    expect(podOf(set).spec.volumes).toContainEqual({
      name: 'database',
      secret: { secretName: 'ringback-db', defaultMode: 0o440, items: [{ key: 'uri', path: 'url' }] },
    });
    expect(podOf(set).spec.containers[0].ports).toContainEqual({
      name: 'media',
      containerPort: 40_000,
      hostPort: 40_000,
      protocol: 'UDP',
    });
    expect(of(set, 'PodDisruptionBudget')[0].spec.maxUnavailable).toBe(1);
    expect(of(set, 'Ingress')[0].spec.rules[0].http.paths[0].backend.service).toEqual({
      name: 'calls-ringback',
      port: { name: 'http' },
    });
    const [monitor] = of(set, 'ServiceMonitor');
    expect(monitor.spec.endpoints[0].relabelings).toEqual([{ targetLabel: 'job', replacement: 'ringback' }]);
    const found = of(set, 'Service').filter((service: Json) =>
      Object.entries(monitor.spec.selector.matchLabels).every(
        ([label, value]) => service.metadata.labels[label] === value,
      ),
    );
    expect(found.map((one: Json) => one.metadata.name)).toEqual(['calls-ringback-ops']);
    expect(of('two nodes without a budget', 'PodDisruptionBudget')).toEqual([]);
    expect(envOf('two nodes without a budget').RINGBACK_MEDIA_SFU_ANNOUNCE).toBe('203.0.113.7');
  });

  it('asks for new pods when settings change', () => {
    const sums = Object.keys(sets).map((set) => podOf(set).metadata.annotations['checksum/settings']);
    expect(sums[0]).not.toBe(sums[1]);
    expect(sums[0]).toBe(sums[3]);
  });

  it('has a schema that knows the groups of settings, and the secret ones', () => {
    const given = new Set(['data', 'database', 'redis', 'http', 'https', 'ops', 'tls']);
    const groups = new Set(settingKeys.map((key) => key.split('.')[0] ?? '').filter((one) => !given.has(one)));
    expect(Object.keys(schema.properties.settings.properties).sort()).toEqual([...groups].sort());
    const secret = settingKeys.filter((key) => declarationOf(key).secret && !given.has(key));
    expect([...schema.properties.secretSettings.items.properties.setting.enum].sort()).toEqual([...secret].sort());
  });

  it.each<[string, Json]>([
    ['nobody says where TLS ends', {}],
    ['several nodes without a database', { replicas: 2, trustProxy: ['10.0.0.1'], redis: { existingSecret: 'r' } }],
    ['several nodes without a Redis', { replicas: 2, trustProxy: ['10.0.0.1'], database: { existingSecret: 'd' } }],
    ['no node', { replicas: 0, trustProxy: ['10.0.0.1'] }],
    ['half a node', { replicas: 1.5, trustProxy: ['10.0.0.1'] }],
    ['a number as text', { replicas: '3', trustProxy: ['10.0.0.1'] }],
    ['a value that there is none', { trustProxy: ['10.0.0.1'], replica: 3 }],
    ['a password in the values', { trustProxy: ['10.0.0.1'], database: { url: 'postgres://a:b@c/d' } }],
    ['a secret among the settings', { trustProxy: ['10.0.0.1'], settings: { media: { turn: { secret: 'x' } } } }],
    ['a setting that the chart sets', { trustProxy: ['10.0.0.1'], settings: { http: '8080' } }],
    ['development mode', { trustProxy: ['10.0.0.1'], settings: { dev: true } }],
    ['a proxy that is everybody', { trustProxy: ['0.0.0.0/0'] }],
    ['a proxy by name', { trustProxy: ['ingress.example.com'] }],
    [
      'an ingress without a proxy to trust',
      { tls: { existingSecret: 't' }, ingress: { enabled: true, host: 'a.example.com' } },
    ],
    ['an ingress without a host', { trustProxy: ['10.0.0.1'], ingress: { enabled: true } }],
    ['a port that there is none', { trustProxy: ['10.0.0.1'], media: { sfu: { hostPort: 70_000 } } }],
    ['a budget of nobody', { trustProxy: ['10.0.0.1'], podDisruptionBudget: { maxUnavailable: 0 } }],
    [
      'a secret setting that is none',
      { trustProxy: ['10.0.0.1'], secretSettings: [{ setting: 'log.level', existingSecret: 'a', key: 'b' }] },
    ],
  ])('refuses %s', (_, given) => {
    expect(valid(merged(values, given))).toBe(false);
  });
});
