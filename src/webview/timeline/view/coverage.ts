import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';
import type { AppStorage, Coverage, CoverageHolding } from '../../../contract/index.ts';
import type { Asked } from '../answers.ts';
import type { Format } from '../format.ts';

/** Apps that are listed; the document that the editor opens has all. */
const MAX_APPS_SHOWN = 20;

/** What a snapshot holds and its apps by size, closed until the reader opens it. @param state - undefined while it is closed. */
export function coverageView(state: Asked<Coverage> | undefined, format: Format, show: (isOpen: boolean) => void): TemplateResult {
	return html`<details
		class="group coverage"
		.open=${state !== undefined}
		@toggle=${(event: Event) => show((event.currentTarget as HTMLDetailsElement).open)}
	>
		<summary><span class="name">${l10n.t('What is in it')}</span></summary>
		${state === undefined ? nothing : content(state, format)}
	</details>`;
}

function content(state: Asked<Coverage>, format: Format): TemplateResult {
	switch (state.state) {
		case 'loading':
			return html`<p class="quiet-text" role="status">${l10n.t('Looking into it…')}</p>`;
		case 'failed':
			return html`<p class="damage" role="status"><bdi>${state.message}</bdi></p>`;
		case 'done':
			return holdings(state.value, format);
	}
}

function holdings({ holdings: all, storage, missingFiles }: Coverage, format: Format): TemplateResult {
	const held = all.filter(({ state }) => state !== 'absent');
	const more = storage.length - MAX_APPS_SHOWN;
	return html`${
			missingFiles === 0
				? nothing
				: html`<p class="damage">${l10n.t('{0} files that it names are not there.', format.count(missingFiles))}</p>`
		}
		<ul aria-label=${l10n.t('Holds')}>
			${held.map((holding) => html`<li class="line">${holdingName(holding)} <span class="counts amount">${holdingText(holding, format)}</span></li>`)}
		</ul>
		<ul aria-label=${l10n.t('Apps by size')}>
			${storage
				.slice(0, MAX_APPS_SHOWN)
				.map(
					(part) =>
						html`<li class="line">
							<bdi class="name">${partName(part)}</bdi> <span class="counts amount">${format.bytes(part.sizeBytes)}</span>
						</li>`,
				)}
			${more > 0 ? html`<li class="quiet-text">${l10n.t('and {0} more', format.count(more))}</li>` : nothing}
		</ul>`;
}

function holdingText({ state, count, change = 0 }: CoverageHolding, format: Format): string {
	if (state === 'unreadable') {
		return l10n.t('cannot be counted');
	}
	return change === 0 ? format.count(count) : `${format.count(count)} (${change > 0 ? '+' : '−'}${format.count(Math.abs(change))})`;
}

function holdingName({ kind }: CoverageHolding): string {
	switch (kind) {
		case 'photos':
			return l10n.t('Photos');
		case 'videos':
			return l10n.t('Videos');
		case 'messages':
			return l10n.t('Messages');
		case 'attachments':
			return l10n.t('Attachments of messages');
		case 'contacts':
			return l10n.t('Contacts');
		case 'calls':
			return l10n.t('Calls');
		case 'notes':
			return l10n.t('Notes');
		case 'events':
			return l10n.t('Calendar entries');
		case 'reminders':
			return l10n.t('Reminders');
		case 'voice-memos':
			return l10n.t('Voice memos');
		case 'health-records':
			return l10n.t('Health records');
		case 'keychain-items':
			return l10n.t('Keychain items');
	}
}

/** Parts of the system by their words, apps by their names. */
function partName({ id, kind, name }: AppStorage): string {
	switch (kind === 'system' ? id : undefined) {
		case 'photos':
			return l10n.t('Photos');
		case 'messages':
			return l10n.t('Messages');
		case 'health':
			return l10n.t('Health');
		case 'voice-memos':
			return l10n.t('Voice memos');
		case 'media':
			return l10n.t('Books, tones and other media');
		case 'keychain':
			return l10n.t('Keychain');
		case 'home':
			return l10n.t("Settings and the system's apps");
		case 'system':
			return l10n.t('System');
		default:
			return name ?? id;
	}
}
