import type { PairingState } from '../../contract/index.ts';
import { deviceName } from '../deviceText.ts';
import type { Session } from '../session.ts';
import { DEVICE_ARGUMENT, examples, GROUP, type AddCommand } from './register.ts';

/** `pair`: asks the device to trust this computer, and guides through its dialog. */
export const addPair: AddCommand = (program, run) => {
	program
		.command('pair')
		.helpGroup(GROUP.devices)
		.summary('let a device trust this computer')
		.description('Asks the device to trust this computer, and waits for the answer on its screen. Ctrl-C stops waiting.')
		.argument('<device>', DEVICE_ARGUMENT)
		.addHelpText('after', examples('devicelab pair 00008120'))
		.action((selector: string) => run((session) => pair(session, selector)));
};

/** `unpair`: takes the trust back, on both sides. */
export const addUnpair: AddCommand = (program, run) => {
	program
		.command('unpair')
		.helpGroup(GROUP.devices)
		.summary('take the trust back, on both sides')
		.description('Makes the device forget this computer, and this computer its key to the device. Backups are not touched.')
		.argument('<device>', DEVICE_ARGUMENT)
		.addHelpText('after', examples('devicelab unpair 00008120'))
		.action((selector: string) =>
			run(async (session) => {
				session.operation = 'pair';
				session.device = selector;
				const device = await session.engine.device(selector, session.signal);
				session.device = device.name ?? selector;
				await session.engine.unpair(device.udid, session.signal);
				session.result({ device: { ...device, trust: 'not-paired' } }, [`${deviceName(device)} no longer trusts this computer.`]);
			}),
		);
};

async function pair(session: Session, selector: string): Promise<void> {
	session.operation = 'pair';
	session.device = selector;
	const { errorStyle: style } = session;
	const name = deviceName(await session.engine.device(selector, session.signal));
	const guidance: Record<PairingState, string> = {
		'waiting-for-trust': `Look at ${name}: unlock it, tap ${style.bold('Trust')} and enter its passcode. Waiting…`,
		locked: `${name} is locked. ${style.bold('Unlock it')}, so that it can ask whether to trust this computer. Waiting…`,
	};
	let said: PairingState | undefined;
	const device = await session.engine.pair(selector, {
		signal: session.signal,
		onState(state) {
			if (state !== said) {
				session.warn(guidance[state]);
			}
			said = state;
		},
	});
	session.result({ device }, [`${deviceName(device)} trusts this computer.`]);
}
