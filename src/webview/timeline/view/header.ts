import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';
import type { TimelineDevice, TimelineState } from '../../../contract/index.ts';
import type { KindFilter } from '../model/rows.ts';
import { SEARCH_FIELDS, type Search } from '../model/search.ts';
import { icon } from './icon.ts';

export interface HeaderScene {
	readonly device: TimelineDevice;
	readonly devices: TimelineState['devices'];
	readonly query: string;
	readonly search: Search;
	readonly filter: KindFilter;
	readonly shownCount: number;
	readonly totalCount: number;
	/** Why no snapshot can be taken now. */
	readonly obstacle: string | undefined;
	switchTo(udid: string): void;
	setQuery(query: string): void;
	leaveSearch(): void;
	setFilter(filter: KindFilter): void;
	snapshotNow(): void;
}

/** Device, search, filter, and the button that takes a snapshot. */
export function header(scene: HeaderScene): TemplateResult {
	const { device } = scene;
	return html`<header>
		<div class="device">
			${icon('device-mobile')} ${deviceName(scene)}
			<span class="model"
				>${[device.model, device.iosVersion === undefined ? undefined : `iOS ${device.iosVersion}`].filter(Boolean).join(' · ')}</span
			>
		</div>
		<div class="tools">
			<span class="search">
				${icon('search')}
				<input
					id="search"
					type="search"
					spellcheck="false"
					autocomplete="off"
					placeholder=${l10n.t('Search snapshots, such as branch:main is:pinned')}
					aria-label=${l10n.t('Search snapshots')}
					aria-describedby="search-hint"
					.value=${scene.query}
					@input=${(event: Event) => scene.setQuery((event.target as HTMLInputElement).value)}
					@keydown=${(event: KeyboardEvent) => searchKey(event, scene)}
				/>
			</span>
			<select
				aria-label=${l10n.t('Kind of snapshots')}
				.value=${scene.filter}
				@change=${(event: Event) => scene.setFilter((event.target as HTMLSelectElement).value as KindFilter)}
			>
				<option value="all" ?selected=${scene.filter === 'all'}>${l10n.t('All snapshots')}</option>
				<option value="device" ?selected=${scene.filter === 'device'}>${l10n.t('Devices only')}</option>
				<option value="app" ?selected=${scene.filter === 'app'}>${l10n.t('Apps only')}</option>
				<option value="named" ?selected=${scene.filter === 'named'}>${l10n.t('Named only')}</option>
			</select>
			<button
				class="primary now"
				aria-disabled=${scene.obstacle !== undefined}
				title=${scene.obstacle ?? l10n.t('Snapshot Now')}
				aria-description=${scene.obstacle ?? nothing}
				@click=${() => scene.snapshotNow()}
			>
				${icon('save')} <span>${l10n.t('Snapshot Now')}</span>
			</button>
		</div>
		<p id="search-hint" class="hint" role="status">${hint(scene)}</p>
		${device.ready || device.obstacle === undefined ? nothing : html`<p class="obstacle">${icon('debug-disconnect')} ${device.obstacle}</p>`}
	</header>`;
}

function deviceName(scene: HeaderScene): TemplateResult {
	const { device, devices } = scene;
	if (devices.length < 2) {
		return html`<h1><bdi>${device.name}</bdi></h1>`;
	}
	return html`<h1 class="visually-hidden"><bdi>${device.name}</bdi></h1>
		<select
			class="switcher"
			aria-label=${l10n.t('Device')}
			@change=${(event: Event) => scene.switchTo((event.target as HTMLSelectElement).value)}
		>
			${devices.map((each) => html`<option value=${each.udid} ?selected=${each.udid === device.udid}>${each.name}</option>`)}
		</select>`;
}

/** Single letters belong to the field while the keyboard is in it; Escape gives the keyboard back to the rows. */
function searchKey(event: KeyboardEvent, scene: HeaderScene): void {
	if (event.key === 'Escape' || event.key === 'Enter' || event.key === 'ArrowDown') {
		event.preventDefault();
		event.stopPropagation();
		if (event.key === 'Escape') {
			scene.setQuery('');
		}
		scene.leaveSearch();
	} else if (!event.ctrlKey && !event.metaKey && !event.altKey) {
		event.stopPropagation();
	}
}

function hint({ search, shownCount, totalCount, filter }: HeaderScene): string {
	if (search.unknown.length > 0) {
		return l10n.t('{0} is no question. Fields: {1}.', search.unknown.join(' '), SEARCH_FIELDS.map((field) => `${field}:`).join(' '));
	}
	return search.isEmpty && filter === 'all' ? '' : l10n.t('{0} of {1} snapshots', shownCount, totalCount);
}
