import type { DeviceInfo } from '../../contract/index.ts';
import { batteryText, deviceName, doingText, knownText, spaceText, transportText, trustText } from '../deviceText.ts';
import { showable } from '../escape.ts';
import type { Style } from '../style.ts';
import { renderCard } from '../table.ts';
import { DEVICE_ARGUMENT, examples, GROUP, type AddCommand } from './register.ts';

/** `device`: everything about one device. */
export const addDevice: AddCommand = (program, run) => {
	program
		.command('device')
		.helpGroup(GROUP.devices)
		.summary('show one device in detail')
		.description('Shows what one device says about itself. Where it keeps something to itself, that is not guessed.')
		.argument('<device>', DEVICE_ARGUMENT)
		.addHelpText('after', examples('devicelab device 00008120', 'devicelab device "Anna\'s iPhone" --json'))
		.action((selector: string) =>
			run(async (session) => {
				session.device = selector;
				const device = await session.engine.device(selector, session.signal);
				session.result({ device }, deviceCard(device, session.style));
				if (device.answer === 'none') {
					session.note(NO_ANSWER);
				} else if (device.trust !== 'paired') {
					session.note(`It says more once it trusts this computer: devicelab pair ${showable(device.udid)}`);
				}
			}),
		);
};

const NO_ANSWER = 'It does not answer. Unlock it, or unplug it and plug it in again; if that does not help, restart it.';

/** The device's name above its facts. */
export function deviceCard(device: DeviceInfo, style: Style): string[] {
	const model = device.model ?? device.productType;
	const kind =
		model === undefined || device.productType === undefined || model === device.productType ? model : `${model} (${device.productType})`;
	const system =
		device.iosVersion === undefined
			? undefined
			: `iOS ${device.iosVersion}${device.buildVersion === undefined ? '' : ` (${device.buildVersion})`}`;
	return [
		style.bold(device.name === undefined ? showable(device.udid) : deviceName(device).slice(1, -1)),
		...renderCard(
			[
				['Model', kind === undefined ? undefined : showable(kind)],
				['System', system === undefined ? undefined : showable(system)],
				['UDID', showable(device.udid)],
				['Attached', `over ${transportText(device)} at ${showable(device.muxer)}`],
				['Trust', trustText(device, style)],
				['Battery', batteryText(device)],
				['Storage', spaceText(device)],
				['Backups', device.encryption === 'unknown' ? undefined : device.encryption === 'on' ? 'encrypted' : 'not encrypted'],
				['Find My', device.findMy === 'on' ? 'on (restoring needs it off)' : knownText(device.findMy)],
				['Supervised', { on: 'yes', off: 'no', unknown: undefined }[device.supervised]],
				['Wi-Fi sync', knownText(device.wifiSync)],
				['Now', doingText(device, style)],
			],
			(label) => style.dim(label),
		),
	];
}
