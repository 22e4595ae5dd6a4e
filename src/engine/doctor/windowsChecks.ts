import type { DoctorCheck } from '../../contract/index.ts';
import type { DoctorHost } from './host.ts';

/** Apple's service on Windows: part of classic iTunes as a service, of the Store apps as a process that they start. */
export async function checkWindows(host: DoctorHost, muxerAnswers: boolean): Promise<DoctorCheck[]> {
	const answer = (await host.output('sc', ['query', 'Apple Mobile Device Service'])) ?? '';
	const installed = /SERVICE_NAME|STATE/.test(answer);
	const running = /RUNNING/.test(answer);
	if (installed) {
		return [
			{
				id: 'apple-service',
				title: 'Apple Mobile Device Service',
				status: running || muxerAnswers ? 'ok' : 'missing',
				finding: running ? 'It runs.' : 'It is installed, and stopped.',
				...(running || muxerAnswers
					? {}
					: {
							remedy:
								'Start it: services.msc › Apple Mobile Device Service › Start; or, as administrator: net start "Apple Mobile Device Service"',
						}),
			},
		];
	}
	return [
		{
			id: 'apple-service',
			title: 'Apple Devices or iTunes',
			status: muxerAnswers ? 'ok' : 'missing',
			finding: muxerAnswers ? "The Store app's own process serves the phones." : 'Neither is installed, or the Store app does not run.',
			...(muxerAnswers
				? {}
				: {
						remedy:
							'Install “Apple Devices” from the Microsoft Store (or iTunes), and leave it open while you work: its process serves the phones.',
					}),
		},
	];
}
