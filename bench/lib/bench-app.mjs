/** The application of a benchmark that puts it into the store itself, as `ringback app create` makes it. */
export const benchApp = ({ sdkAppId, key }) => ({
  sdkAppId,
  name: 'bench',
  keys: [{ id: 'k1', secret: key, createdAt: 0 }],
  disabled: false,
  packageExpiresAt: 0,
  allowIps: [],
  allowOrigins: [],
  disabledCommands: [],
  admins: ['administrator'],
  overrides: {},
});
