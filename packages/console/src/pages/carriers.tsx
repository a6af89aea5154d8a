import { api } from '../lib/api.ts';
import { count } from '../lib/format.ts';
import { say, sayOr } from '../lib/say.ts';
import type { CarrierHealth } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Card } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';

interface Status {
  readonly media?: readonly CarrierHealth[];
}

/** How the providers of media rooms do; nothing where there is none. */
export function Carriers() {
  const { data, loading } = useResource('carriers', () => api.get<Status>('/status'), 5000);
  if (loading) {
    // As high as one provider, which most servers have: what stands below does not jump.
    return (
      <Card title={say('carriers')}>
        <dl class="facts" aria-busy="true">
          <dt>
            <span class="bone" />
          </dt>
          <dd class="row wrap">
            <Pill tone="quiet">…</Pill>
          </dd>
        </dl>
      </Card>
    );
  }
  if (!data?.media?.length) return null;
  return (
    <Card title={say('carriers')}>
      <dl class="facts">
        {data.media.map(({ name, up, problem, rooms, peers }) => [
          <dt key={name}>{sayOr(`carrier_${name}`, name)}</dt>,
          <dd key={`${name} state`} class="row wrap">
            <Pill tone={!up ? 'bad' : problem === '' ? 'good' : 'warn'}>{say(up ? 'carrierUp' : 'carrierDown')}</Pill>
            <span class="muted">{say('carrierLoad', { rooms: count(rooms), peers: count(peers) })}</span>
            {problem !== '' && <span>{problem}</span>}
          </dd>,
        ])}
      </dl>
    </Card>
  );
}
