/** An app on a virtual device. */
export interface VirtualApp {
	readonly bundleId: string;
	readonly name: string;
	/** As people read it: `4.2.1`. */
	readonly version: string;
	readonly buildVersion: string;
	readonly applicationType: 'User' | 'System';
	/** Installed by a developer: house_arrest shows its whole container. */
	readonly developmentSigned: boolean;
	/** Its documents are offered for file sharing. */
	readonly fileSharing: boolean;
	/** Licence and purchase of an App Store app; hosts put both into Info.plist. */
	readonly sinf?: Uint8Array;
	readonly iTunesMetadata?: Uint8Array;
	/** PNG. */
	readonly icon: Uint8Array;
	readonly groupIds: readonly string[];
	/** Size of the app itself, which no backup carries. */
	readonly staticBytes: number;
	/** The team that signed it; that of the made-up apps when absent. */
	readonly team?: string;
	/** The name of its process; the app's name without blanks when absent. */
	readonly executable?: string;
}

/** What an app's process is called. */
export function executableOf(app: VirtualApp): string {
	return app.executable ?? app.name.replaceAll(/[^A-Za-z0-9_-]/g, '');
}
