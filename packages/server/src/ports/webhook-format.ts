/** What deliveries look like: those of the API, or those of the legacy API. */
export type WebhookFormat = 'v4' | 'v1';
