/** THE LIST of pages that the server shows: the name in their path, and the folder of their sources. */
export const pages = [{ name: 'demo', source: 'examples/web' }];
