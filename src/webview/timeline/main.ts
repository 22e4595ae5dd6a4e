/**
 * The timeline page. It has no rows to show before the snapshot store exists, so for now it draws its empty state and nothing else.
 */
function showEmptyState(root: HTMLElement): void {
	const message = document.createElement('p');
	message.setAttribute('role', 'status');
	message.textContent = 'No snapshots yet. Back up a device to create the first one.';
	root.replaceChildren(message);
}

const root = document.getElementById('timeline');
if (root !== null) {
	showEmptyState(root);
}
