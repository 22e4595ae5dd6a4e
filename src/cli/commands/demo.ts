import { EXIT } from '../exitCodes.ts';
import { runDemo } from '../demo/demo.ts';
import type { RunNested } from '../program.ts';
import { examples, GROUP, type RunCommand } from './register.ts';
import type { Command } from 'commander';

/** `demo`: the whole story on virtual iPhones, with the real commands. */
export function addDemo(program: Command, run: RunCommand, runNested: RunNested): void {
	program
		.command('demo')
		.helpGroup(GROUP.help)
		.summary('see it all work on virtual iPhones, in under a minute')
		.description(
			'Starts three virtual iPhones on a free loopback port, then lists them, takes snapshots of one with changes between, rolls it back, and ' +
				'goes on from there, with the real commands over the real protocols, and proves that it was as it had been. Leaves nothing behind.',
		)
		.addHelpText('after', examples('devicelab demo'))
		.action(() =>
			run(async (session) => {
				session.operation = 'lab';
				session.endsByInterrupt = true;
				return (await runDemo(session, runNested)) ? EXIT.done : EXIT.failed;
			}),
		);
}
