/** The configured URL with the parameters of a delivery behind whatever query it has. */
export function deliveryUrl(configured: string, query: string): string {
  const url = new URL(configured);
  url.hash = '';
  url.search = url.search.length > 1 ? `${url.search}&${query}` : query;
  return url.href;
}
