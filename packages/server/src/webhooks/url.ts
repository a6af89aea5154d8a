/** A configured URL, taken apart once for all deliveries. */
export interface DeliveryTarget {
  /** Such as `https://example.com:8443`. */
  readonly origin: string;
  /** The path with whatever query it has, up to where the parameters of a delivery follow. */
  readonly path: string;
}

/** Takes a URL apart. Its fragment stays at home. */
export function targetOf(configured: string): DeliveryTarget {
  const { origin, pathname, search } = new URL(configured);
  return { origin, path: `${pathname}${search.length > 1 ? `${search}&` : '?'}` };
}
