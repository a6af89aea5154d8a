/** Constants of the media engine that the original re-exports. */

export const TRTCVideoRotation = {
  TRTCVideoRotation0: 0,
  TRTCVideoRotation90: 1,
  TRTCVideoRotation180: 2,
  TRTCVideoRotation270: 3,
} as const;
export const TRTCVideoFillMode = { TRTCVideoFillMode_Fill: 0, TRTCVideoFillMode_Fit: 1 } as const;
export const TRTCVideoMirrorType = {
  TRTCVideoMirrorType_Auto: 0,
  TRTCVideoMirrorType_Enable: 1,
  TRTCVideoMirrorType_Disable: 2,
} as const;
export const TRTCBeautyStyle = { TRTCBeautyStyleSmooth: 0, TRTCBeautyStyleNature: 1 } as const;
export const TRTCDeviceType = {
  TRTCDeviceTypeUnknow: -1,
  TRTCDeviceTypeMic: 0,
  TRTCDeviceTypeSpeaker: 1,
  TRTCDeviceTypeCamera: 2,
} as const;
export const TRTCDeviceState = {
  TRTCDeviceStateAdd: 0,
  TRTCDeviceStateRemove: 1,
  TRTCDeviceStateActive: 2,
} as const;
export const TRTCVideoStreamType = {
  TRTCVideoStreamTypeBig: 0,
  TRTCVideoStreamTypeSmall: 1,
  TRTCVideoStreamTypeSub: 2,
} as const;
export const TRTCVideoResolutionMode = {
  TRTCVideoResolutionModeLandscape: 0,
  TRTCVideoResolutionModePortrait: 1,
} as const;
export const TRTCLogLevel = {
  TRTCLogLevelVerbose: 0,
  TRTCLogLevelDebug: 1,
  TRTCLogLevelInfo: 2,
  TRTCLogLevelWarn: 3,
  TRTCLogLevelError: 4,
  TRTCLogLevelFatal: 5,
  TRTCLogLevelNone: 6,
} as const;
export const TRTCVideoResolution = {
  TRTCVideoResolution_640_360: 108,
  TRTCVideoResolution_640_480: 62,
  TRTCVideoResolution_960_540: 110,
  TRTCVideoResolution_1280_720: 112,
  TRTCVideoResolution_1920_1080: 114,
} as const;
export const TRTCScreenCaptureSourceType = {
  TRTCScreenCaptureSourceTypeUnknown: -1,
  TRTCScreenCaptureSourceTypeWindow: 0,
  TRTCScreenCaptureSourceTypeScreen: 1,
  TRTCScreenCaptureSourceTypeCustom: 2,
} as const;

/** A rectangle, for code that makes one. */
export class Rect {
  left = 0;
  top = 0;
  right = 0;
  bottom = 0;
}

/** Plain holders of parameters; nothing here reads them. */
export class TRTCDeviceInfo {
  deviceId = '';
  deviceName = '';
}
export class TRTCVideoEncParam {
  videoResolution = TRTCVideoResolution.TRTCVideoResolution_640_360;
  videoFps = 15;
  videoBitrate = 600;
}
export class TRTCVolumeInfo {
  userId = '';
  volume = 0;
}
export class TRTCScreenCaptureSourceInfo {
  type = TRTCScreenCaptureSourceType.TRTCScreenCaptureSourceTypeUnknown;
  sourceId = '';
  sourceName = '';
}
