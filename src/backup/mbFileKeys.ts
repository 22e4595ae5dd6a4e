/** Names of the fields of an archived `MBFile`. */
export const KEYS = {
	relativePath: 'RelativePath',
	size: 'Size',
	mode: 'Mode',
	userId: 'UserID',
	groupId: 'GroupID',
	inode: 'InodeNumber',
	modified: 'LastModified',
	statusChanged: 'LastStatusChange',
	created: 'Birth',
	protectionClass: 'ProtectionClass',
	flags: 'Flags',
	encryptionKey: 'EncryptionKey',
	digest: 'Digest',
	extendedAttributes: 'ExtendedAttributes',
	target: 'Target',
} as const;
