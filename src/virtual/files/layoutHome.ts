import type { TreeBuilder } from './builder.ts';
import { DATABASES } from './databaseKinds.ts';
import { createDatabase } from './databases.ts';

/** What the system's own apps keep in the home folder, with the real databases. `files` scales how much is in them. */
export function buildHome(builder: TreeBuilder, files: number): void {
	for (const kind of DATABASES) {
		const rows = Math.min(20_000, Math.max(5, Math.round((kind.rowsPerThousand * files) / 1000)));
		const bytes = createDatabase(kind, builder.random, rows, builder.now, builder.scratchFolder);
		builder.stored(kind.domain, kind.path, bytes, { protectionClass: kind.protectionClass, sizeError: kind.sizeError });
	}
	for (const name of SYSTEM_PREFERENCES) {
		builder.plist('HomeDomain', `Library/Preferences/${name}.plist`, {
			Version: builder.random.between(1, 9),
			LastUsed: new Date(builder.moment() * 1000),
			Identifier: builder.random.uuid(),
			Enabled: builder.random.chance(0.5),
		});
	}
	builder.generated('HomeDomain', 'Library/Safari/Bookmarks.db', 'database', 32_768, { sizeError: -4096 });
	builder.generated('HomeDomain', 'Library/Safari/SafariTabs.db', 'database', 53_248);
	builder.generated('HomeDomain', 'Library/Voicemail/voicemail.db', 'database', 28_672);
	builder.generated('HomeDomain', 'Library/Voicemail/1.amr', 'binary', 7_420, { protectionClass: 2 });
	builder.generated('HomeDomain', 'Library/SpringBoard/HomeBackground.cpbitmap', 'binary', 96_100);
	builder.generated('HomeDomain', 'Library/SpringBoard/LockBackgroundThumbnail.jpg', 'jpeg', 22_811, { attributes: WALLPAPER });
	builder.plist('HomeDomain', 'Library/SpringBoard/IconState.plist', { buttonBar: ['com.apple.mobilephone'], iconLists: [[]] });
	builder.plist('HomeDomain', 'Library/ConfigurationProfiles/UserSettings.plist', { restrictedBool: {} });
	builder.generated('HomeDomain', 'Library/AddressBook/AddressBookImages.sqlitedb', 'database', 40_960);
	builder.generated('HomeDomain', 'Library/Mail/Recents', 'database', 24_576, { protectionClass: 1 });
	builder.generated('HomeDomain', 'Library/Accounts/Accounts3.sqlite', 'database', 61_440);
	builder.generated('HomeDomain', 'Library/Notes/notes.sqlite', 'database', 32_768);
	builder.generated('HomeDomain', 'Library/Accessibility/empty.log', 'text', 0);
	builder.folder('HomeDomain', 'Library/Shortcuts');
	builder.folder('HomeDomain', 'Library/Assistant/Empty Folder');
	builder.folder('HomeDomain', 'Documents', { permissions: 0o700 });
	builder.link('HomeDomain', 'Library/Logs', '/private/var/mobile/Media/Logs');
	builder.generated('KeyboardDomain', 'Library/Keyboard/en-dynamic.lm/dynamic-lexicon.dat', 'binary', 18_432);
	builder.generated('KeyboardDomain', 'Library/Keyboard/UserDictionary.sqlite', 'database', 20_480);
	builder.generated('TonesDomain', 'Purchases/import_100.m4r', 'movie', 61_003);
	builder.plist('TonesDomain', 'Ringtones.plist', { Ringtones: {} });
	builder.generated('BooksDomain', 'Books/Managed/example.epub', 'binary', 88_211);
	builder.plist('BooksDomain', 'Books/Books.plist', { Books: [] });
}

const SYSTEM_PREFERENCES = [
	'com.apple.springboard',
	'com.apple.mobilephone',
	'com.apple.mobilesafari',
	'com.apple.Preferences',
	'com.apple.Accessibility',
	'com.apple.camera',
	'com.apple.MobileSMS',
	'.GlobalPreferences',
	'com.apple.keyboard',
	'com.apple.locationd',
];

const WALLPAPER = {
	'com.apple.assetsd.customCreationDate': new TextEncoder().encode('2025-06-01'),
	'com.example.tag': new Uint8Array([0, 1, 255]),
};
