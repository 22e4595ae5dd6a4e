import * as l10n from '@vscode/l10n';
import { html, svg, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import type { Format } from '../format.ts';
import type { Activity } from '../model/activity.ts';

const HEIGHT = 32;
/** Of the drawing; it is stretched to the page's width. */
const WIDTH = 1000;
/** Arrow keys move by this share of the whole time. */
const KEY_STEP = 0.02;

export interface MinimapScene {
	readonly activity: Activity;
	readonly format: Format;
	/** The stretch of time that the list shows, as shares of the whole; newest is 1. */
	readonly shown: { readonly from: number; readonly to: number };
	/** The reader wants to see the time at this share. */
	jump(share: number): void;
}

/** How busy each time was, with the part that the list shows; a click or the arrow keys jump to a date. */
export function minimap(scene: MinimapScene): TemplateResult {
	const { activity, format, shown } = scene;
	const middle = (shown.from + shown.to) / 2;
	const time = activity.beginMs + middle * (activity.endMs - activity.beginMs);
	const [begin, end] = format.edges(activity.beginMs, activity.endMs);
	const width = WIDTH / activity.buckets.length;
	return html`<div
		class="minimap"
		role="slider"
		tabindex="0"
		aria-label=${l10n.t('Jump to a date')}
		aria-orientation="horizontal"
		aria-valuemin="0"
		aria-valuemax="100"
		aria-valuenow=${Math.round(middle * 100)}
		aria-valuetext=${format.day(time)}
		@pointerdown=${(event: PointerEvent) => drag(event, scene)}
		@pointermove=${(event: PointerEvent) => (event.buttons === 1 ? drag(event, scene) : undefined)}
		@keydown=${(event: KeyboardEvent) => key(event, middle, scene)}
	>
		<span class="edge">${begin}</span>
		<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
			<rect class="shown" x=${shown.from * WIDTH} width=${Math.max(3, (shown.to - shown.from) * WIDTH)} height=${HEIGHT} />
			${guard([activity], () =>
				activity.buckets.map((bucket, index) =>
					bucket.count === 0
						? undefined
						: svg`<rect class="bar" x=${index * width} width=${width * 0.8}
						y=${HEIGHT - bucket.height * (HEIGHT - 4)} height=${bucket.height * (HEIGHT - 4)} />`,
				),
			)}
		</svg>
		<span class="edge">${end}</span>
	</div>`;
}

function drag(event: PointerEvent, scene: MinimapScene): void {
	const target = event.currentTarget as HTMLElement;
	target.setPointerCapture(event.pointerId);
	const box = (target.querySelector('svg') ?? target).getBoundingClientRect();
	scene.jump(Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width))));
}

function key(event: KeyboardEvent, middle: number, scene: MinimapScene): void {
	const steps: Readonly<Record<string, number>> = {
		ArrowLeft: middle - KEY_STEP,
		ArrowDown: middle - KEY_STEP,
		ArrowRight: middle + KEY_STEP,
		ArrowUp: middle + KEY_STEP,
		PageDown: middle - 0.1,
		PageUp: middle + 0.1,
		Home: 0,
		End: 1,
	};
	const share = steps[event.key];
	if (share !== undefined) {
		event.preventDefault();
		event.stopPropagation();
		scene.jump(Math.min(1, Math.max(0, share)));
	}
}
