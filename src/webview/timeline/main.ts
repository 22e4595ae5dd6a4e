import './timeline.css';
import { App } from './app.ts';
import { Host } from './host.ts';

const root = document.getElementById('timeline');
if (root === null) {
	throw new Error('The page has no place for the timeline.');
}
const host = new Host();
const app = new App(root, host);
host.listen((message) => app.receive(message));
host.send({ type: 'ready' });
