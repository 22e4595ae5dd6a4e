/** AFC over the media folder; its protocol has a room of its own. Source: docs/protocol.md#afc. */
export const AFC_SERVICE = 'com.apple.afc';
