/** The Grafana dashboard, deploy/grafana/ringback.json; `npm run docs` writes it. */

const source = { type: 'prometheus', uid: '$source' };
const all = '{job="ringback", instance=~"$instance"}';

/** One line of a panel. */
const line = (expr, legendFormat) => ({ expr, legendFormat });
const quantiles = (name) =>
  [0.5, 0.95, 0.99].map((q) =>
    line(`histogram_quantile(${q}, sum by (le) (rate(${name}_bucket${all}[$__rate_interval])))`, `p${q * 100}`),
  );
const rate = (name, by = '') =>
  by === '' ? `sum(rate(${name}${all}[$__rate_interval]))` : `sum by (${by}) (rate(${name}${all}[$__rate_interval]))`;

/** Rows of panels: title, unit, lines, and what it tells. */
const rows = [
  {
    title: 'Calls',
    panels: [
      [
        'Live calls',
        'short',
        [line(`sum by (instance) (ringback_calls_live${all})`, '{{instance}}')],
        'Calls that ring or run now.',
      ],
      ['Calls started', 'cps', [line(rate('ringback_calls_started_total'), 'started')], 'Calls started in a second.'],
      [
        'How calls end',
        'cps',
        [line(rate('ringback_calls_ended_total', 'result'), '{{result}}')],
        'By CallResult.',
        'stacked',
      ],
      [
        'Answered',
        'percentunit',
        [
          line(
            `sum(rate(ringback_calls_ended_total{job="ringback", instance=~"$instance", result="NormalEnd"}[$__rate_interval])) / ${rate('ringback_calls_ended_total')}`,
            'answered',
          ),
        ],
        'Share of the calls that ended normally among all that ended.',
      ],
      ['Time to answer', 's', quantiles('ringback_ring_seconds'), 'From the start of a call to its first answer.'],
      ['Length of calls', 's', quantiles('ringback_call_seconds'), 'From the first answer to the end.'],
    ],
  },
  {
    title: 'REST and signalling',
    panels: [
      [
        'REST requests',
        'reqps',
        [line(rate('ringback_requests_total', 'command'), '{{command}}')],
        'By command.',
        'stacked',
      ],
      [
        'REST errors',
        'reqps',
        [
          line(
            'sum by (code) (rate(ringback_requests_total{job="ringback", instance=~"$instance", code!="0"}[$__rate_interval]))',
            '{{code}}',
          ),
        ],
        'By ErrorCode; docs/reference/errors.md says what each means.',
        'stacked',
      ],
      ['REST latency', 's', quantiles('ringback_request_seconds'), 'From the head of a request to its answer.'],
      [
        'Signatures refused',
        'reqps',
        [line(rate('ringback_signatures_refused_total', 'reason'), '{{reason}}')],
        'Why UserSigs are not accepted.',
      ],
      [
        'Devices',
        'short',
        [
          line(`sum by (instance) (ringback_signalling_devices${all})`, 'signed in, {{instance}}'),
          line(`sum by (instance) (ringback_signalling_sockets${all})`, 'sockets, {{instance}}'),
        ],
        'Devices signed in, and sockets open.',
      ],
      [
        'Signalling latency',
        's',
        quantiles('ringback_signalling_request_seconds'),
        'From the turn of a request to the end of what it set off, its answer included.',
      ],
    ],
  },
  {
    title: 'Webhooks',
    panels: [
      [
        'Attempts',
        'reqps',
        [line(rate('ringback_webhook_attempts_total', 'outcome'), '{{outcome}}')],
        'delivered, failed, parked.',
        'stacked',
      ],
      [
        'Waiting',
        'short',
        [line(`sum by (instance) (ringback_webhooks_waiting${all})`, '{{instance}}')],
        'Events that wait for their delivery.',
      ],
      ['Lag', 's', quantiles('ringback_webhook_lag_seconds'), 'From an event to the end of its delivery.'],
      ['One attempt', 's', quantiles('ringback_webhook_attempt_seconds'), 'What receivers take to answer.'],
    ],
  },
  {
    title: 'Media',
    panels: [
      [
        'Calls with media',
        'short',
        [line(`sum by (provider) (ringback_media_calls${all})`, '{{provider}}')],
        'By provider.',
        'stacked',
      ],
      [
        'Packets forwarded',
        'pps',
        [line(`sum by (provider) (ringback_media_packets_per_second${all})`, '{{provider}}')],
        'By providers that count them.',
      ],
      [
        'Loss',
        'percentunit',
        [line(`max by (provider) (ringback_media_loss_ratio${all})`, '{{provider}}')],
        'Share of the packets that viewers missed.',
      ],
      [
        'Moves and losses',
        'short',
        [
          line(
            `sum by (from, to) (increase(ringback_media_moves_total${all}[$__rate_interval]))`,
            '{{from}} to {{to}}',
          ),
          line(
            `sum by (provider) (increase(ringback_media_rooms_lost_total${all}[$__rate_interval]))`,
            'rooms lost, {{provider}}',
          ),
        ],
        'Media that took another way, and rooms that were lost.',
      ],
    ],
  },
  {
    title: 'Nodes',
    panels: [
      [
        'Nodes that live',
        'short',
        [
          line(`max(ringback_nodes${all})`, 'give signs of life'),
          line('count(up{job="ringback"} == 1)', 'answer Prometheus'),
        ],
        'As the database sees them, and as Prometheus does.',
      ],
      [
        'Within reach',
        'short',
        [
          line(`min by (instance) (ringback_ready${all})`, 'ready, {{instance}}'),
          line(`min by (instance) (ringback_database_up${all})`, 'database, {{instance}}'),
          line(`min by (instance) (ringback_redis_up${all})`, 'Redis, {{instance}}'),
        ],
        '1 while it is so.',
      ],
      [
        'Clocks',
        's',
        [line(`abs(ringback_clock_off_seconds${all})`, '{{instance}}')],
        'How far each machine is from the clock of the database.',
      ],
    ],
  },
  {
    title: 'Process',
    panels: [
      [
        'CPU',
        'percentunit',
        [line(`rate(process_cpu_seconds_total${all}[$__rate_interval])`, '{{instance}}')],
        'Cores used.',
      ],
      ['Memory', 'bytes', [line(`process_resident_memory_bytes${all}`, '{{instance}}')], 'Resident.'],
      [
        'Event loop, p99',
        's',
        [line(`nodejs_eventloop_lag_p99_seconds${all}`, '{{instance}}')],
        'How long work waits its turn.',
      ],
      ['Open files', 'short', [line(`process_open_fds${all}`, '{{instance}}')], 'Sockets and files.'],
    ],
  },
];

const [columns, height] = [3, 8];
const width = 24 / columns;
const panels = [];
let y = 0;
let id = 1;
for (const row of rows) {
  panels.push({
    id: id++,
    type: 'row',
    title: row.title,
    collapsed: false,
    gridPos: { x: 0, y, w: 24, h: 1 },
    panels: [],
  });
  y += 1;
  row.panels.forEach(([title, unit, lines, description, stacked], index) => {
    panels.push({
      id: id++,
      type: 'timeseries',
      title,
      description,
      datasource: source,
      gridPos: { x: (index % columns) * width, y: y + Math.floor(index / columns) * height, w: width, h: height },
      fieldConfig: {
        defaults: {
          unit,
          min: 0,
          custom: {
            fillOpacity: stacked === undefined ? 8 : 40,
            lineWidth: 1,
            showPoints: 'never',
            ...(stacked === undefined ? {} : { stacking: { mode: 'normal', group: 'A' } }),
          },
        },
        overrides: [],
      },
      options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
      targets: lines.map((one, at) => ({ ...one, refId: String.fromCharCode(65 + at), datasource: source })),
    });
  });
  y += Math.ceil(row.panels.length / columns) * height;
}

/** The whole dashboard, as Grafana imports it. */
export const dashboard = {
  uid: 'ringback',
  title: 'Ringback',
  description:
    'Calls, requests, devices, webhooks and media of a Ringback installation. The Prometheus job must be called ringback.',
  tags: ['ringback'],
  editable: true,
  graphTooltip: 1,
  refresh: '10s',
  schemaVersion: 39,
  time: { from: 'now-1h', to: 'now' },
  templating: {
    list: [
      { name: 'source', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
      {
        name: 'instance',
        label: 'Server',
        type: 'query',
        datasource: source,
        query: { query: 'label_values(ringback_calls_live{job="ringback"}, instance)', refId: 'instance' },
        includeAll: true,
        multi: true,
        allValue: '.*',
        current: { text: 'All', value: '$__all' },
        refresh: 2,
      },
    ],
  },
  panels,
};
