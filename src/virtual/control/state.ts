import type { LabDevice } from '../lab/labDevice.ts';
import type { VirtualLab } from '../lab/lab.ts';

/** Everything about a device that a person or a test may want to know: plain data, without secrets. */
export function describeState(lab: VirtualLab, { running }: LabDevice): Record<string, unknown> {
	const { device, trust } = running;
	const { identity, settings, encryption, files, apps, faults } = device;
	const attachments = lab.attachments.all.filter((attachment) => attachment.target === running);
	return {
		udid: identity.udid,
		name: identity.name,
		model: identity.marketingName,
		productType: identity.productType,
		iosVersion: identity.iosVersion,
		buildVersion: identity.buildVersion,
		serialNumber: identity.serialNumber,
		attachments: attachments.map(({ muxDeviceId, transport }) => ({ muxDeviceId, transport })),
		connections: running.connectionCount,
		pairedHosts: trust.hosts.length,
		settings: { ...settings },
		encryption: { willEncrypt: encryption.willEncrypt },
		files: { profile: files.profile, ...files.sizes(), restorePending: files.restorePending },
		apps: apps.map(({ bundleId, name, version, developmentSigned, fileSharing }) => ({
			bundleId,
			name,
			version,
			developmentSigned,
			fileSharing,
		})),
		faults: faults.list(),
	};
}
