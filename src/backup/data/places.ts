/** Where a backup keeps what people know: domain and path of the databases, newest place first. Source: docs/backup-format.md#what-is-counted. */
export const PLACES = {
	messages: [{ domain: 'HomeDomain', path: 'Library/SMS/sms.db' }],
	contacts: [{ domain: 'HomeDomain', path: 'Library/AddressBook/AddressBook.sqlitedb' }],
	calls: [{ domain: 'HomeDomain', path: 'Library/CallHistoryDB/CallHistory.storedata' }],
	calendar: [{ domain: 'HomeDomain', path: 'Library/Calendar/Calendar.sqlitedb' }],
	notes: [{ domain: 'AppDomainGroup-group.com.apple.notes', path: 'NoteStore.sqlite' }],
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
export const VOICE_MEMO_FOLDERS = [
	{ domain: 'AppDomainGroup-group.com.apple.VoiceMemos.shared', folder: 'Recordings/' },
	{ domain: 'MediaDomain', folder: 'Media/Recordings/' },
] as const;
