/** A file of a backup. */
export interface Place {
	readonly domain: string;
	readonly path: string;
}

/** Everything below a folder of a backup; `folder` ends in a slash. */
export interface FolderPlace {
	readonly domain: string;
	readonly folder: string;
}

/** Where a backup keeps what people know: domain and path of the databases, newest place first. Source: docs/backup-format.md#what-is-counted. */
export const PLACES = {
	messages: [{ domain: 'HomeDomain', path: 'Library/SMS/sms.db' }],
	contacts: [{ domain: 'HomeDomain', path: 'Library/AddressBook/AddressBook.sqlitedb' }],
	calls: [
		{ domain: 'HomeDomain', path: 'Library/CallHistoryDB/CallHistory.storedata' },
		{ domain: 'WirelessDomain', path: 'Library/CallHistory/call_history.db' },
	],
	calendar: [{ domain: 'HomeDomain', path: 'Library/Calendar/Calendar.sqlitedb' }],
	notes: [
		{ domain: 'AppDomainGroup-group.com.apple.notes', path: 'NoteStore.sqlite' },
		{ domain: 'HomeDomain', path: 'Library/Notes/notes.sqlite' },
	],
	photos: [{ domain: 'CameraRollDomain', path: 'Media/PhotoData/Photos.sqlite' }],
	health: [{ domain: 'HealthDomain', path: 'Health/healthdb_secure.sqlite' }],
	voiceMemos: [
		{ domain: 'AppDomainGroup-group.com.apple.VoiceMemos.shared', path: 'Recordings/CloudRecordings.db' },
		{ domain: 'MediaDomain', path: 'Media/Recordings/CloudRecordings.db' },
		{ domain: 'MediaDomain', path: 'Media/Recordings/Recordings.db' },
	],
	keychain: [{ domain: 'KeychainDomain', path: 'keychain-backup.plist' }],
} as const;

/** Folders that hold the recordings of the app Voice Memos. */
export const VOICE_MEMO_FOLDERS: readonly FolderPlace[] = [
	{ domain: 'AppDomainGroup-group.com.apple.VoiceMemos.shared', folder: 'Recordings/' },
	{ domain: 'MediaDomain', folder: 'Media/Recordings/' },
];

/** Folders that hold photos and videos: the camera's, and originals that came from iCloud. */
export const PHOTO_FOLDERS: readonly FolderPlace[] = [
	{ domain: 'CameraRollDomain', folder: 'Media/DCIM/' },
	{ domain: 'CameraRollDomain', folder: 'Media/PhotoData/CPLAssets/' },
];

/** Folders with a database of reminders for each account: since iOS 17, and since iOS 13. Older ones are in the calendar. */
export const REMINDER_FOLDERS: readonly FolderPlace[] = [
	{ domain: 'AppDomainGroup-group.com.apple.reminders', folder: 'Container_v1/Stores/' },
	{ domain: 'HomeDomain', folder: 'Library/Reminders/Container_v1/Stores/' },
];
