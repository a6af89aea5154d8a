/** Limits of the wire, in one place. Times in ms, sizes in bytes of UTF-8, unless said otherwise. */
export const bounds = {
  userIdBytes: 32,
  userDataBytes: 1000,
  deviceIdBytes: 64,
  /** Of an invitation's push: its title, its text, what is handed through, names of sounds and channels, the URL of a picture. */
  pushTitleBytes: 256,
  pushTextBytes: 1024,
  pushDataBytes: 2048,
  pushNameBytes: 128,
  pushImageBytes: 1024,
  /** What a push service knows a device by; the devices of a user that are kept. */
  pushTokenBytes: 4096,
  pushTokensPerUser: 20,
  pushProvidersPerApp: 10,
  /** How long the devices of a callee have to say that they ring. */
  ringAnswer: 2000,
  nickBytes: 500,
  avatarBytes: 500,
  chatGroupIdBytes: 64,
  /** String room ids. */
  roomIdBytes: 64,
  /** Numeric room ids. */
  roomIdMax: 2_147_483_647,
  /** Members of a call, the caller included, unless the application says otherwise. */
  maxMembers: 9,
  maxMembersCeiling: 100,
  /** Those who were ever invited into a call; ten times its members where that is more. Ten times as many may join. */
  peoplePerCall: 100,
  ringTimeoutDefault: 30_000,
  ringTimeoutMax: 600_000,
  /** The lower bound for devices; the REST API has its own. */
  ringTimeoutMin: 1000,
  robotTimeoutMin: 10_000,
  /** How often a device in a call pings, and an idle one. */
  pingInCall: 5000,
  pingIdle: 25_000,
  /** Silence after which a member of a call is gone. */
  lease: 15_000,
  /** Silence after which an idle device is offline. */
  presence: 60_000,
  /** A `signal` from device to device. */
  signalBytes: 65_536,
  /** A message to the media service: the longest description and what is around it fit in, and it fits a frame. */
  mediaBytes: 196_608,
  /** Media: a session description (browsers write some 600 for each of the two m-lines of 99 others), an ICE candidate, a reason. */
  sdpBytes: 160_000,
  /** One of a peer: with its line ends in JSON and what is around it, it fits a `signal`. */
  peerSdpBytes: 60_000,
  candidateBytes: 1024,
  mediaTextBytes: 500,
  /** Media sessions of a call, and offers within one. */
  mediaEpochMax: 1_000_000,
  /** Quality samples of one report. */
  mediaSamples: 100,
  profilesPerRequest: 100,
  /** The signalling socket before its sign-in. */
  signInTime: 10_000,
  signInFrames: 5,
  signInFrameBytes: 16_384,
  /** The signalling socket after its sign-in. */
  frameBytes: 262_144,
  framesPerSecond: 100,
  requestTimeout: 3000,
  bodyBytes: 65_536,
  /** UserSig: the text in the URL, and the JSON inside it after inflating. */
  userSigBytes: 8192,
  userSigInflatedBytes: 16_384,
  recordsPerPage: 1000,
  /** Accounts: nicknames and picture URLs have bounds of their own, above. */
  profileValueBytes: 500,
  profileCustomTags: 20,
  accountsPerRequest: 100,
  onlineStatusPerRequest: 500,
  /** Groups. */
  groupIdBytes: 48,
  groupNameBytes: 30,
  groupIntroductionBytes: 240,
  groupNotificationBytes: 300,
  groupFaceUrlBytes: 100,
  groupNameCardBytes: 50,
  /** Data that applications attach to groups and members: how many, and how long. */
  groupDataKeys: 16,
  groupDataKeyBytes: 32,
  groupDataValueBytes: 512,
  groupsPerPage: 10_000,
  groupsPerRequest: 50,
  groupMembersPerPage: 6000,
  /** Accounts in one request: of a new group, to be added or taken out, to be looked up. */
  groupNewMembers: 100,
  groupAddedMembers: 300,
  groupRemovedMembers: 500,
  groupRolesAsked: 500,
  /** An answer about groups. */
  groupAnswerBytes: 1_048_576,
} as const;
