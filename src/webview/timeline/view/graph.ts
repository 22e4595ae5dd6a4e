import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { Edge, Row, RowList } from '../model/rows.ts';

/** Height of every row, in CSS pixels; the style sheet has it too. */
export const ROW_HEIGHT = 28;
/** Lanes are narrower where there are many of them, so that the texts keep their place. */
const LANE_WIDTH = 16;
const MAX_GRAPH_WIDTH = 220;
/** Of the list's width, in a narrow panel. */
const MAX_GRAPH_SHARE = 0.3;
const PADDING = 12;
/** Lines take these colours in turn; the theme has them. */
const COLOURS = 6;

/** Width of the graph with so many lanes in a list of some width, all in CSS pixels. */
export function graphWidth(laneCount: number, listWidth: number): number {
	const wanted = PADDING * 2 + (laneCount - 1) * LANE_WIDTH;
	return Math.min(wanted, MAX_GRAPH_WIDTH, Math.max(PADDING * 2 + 2 * LANE_WIDTH, listWidth * MAX_GRAPH_SHARE));
}

/** Draws the piece of the graph that lies beside the rows from `begin` to `end`. @param width - of the whole graph. */
export function graph(list: RowList, begin: number, end: number, width: number): TemplateResult {
	const step = list.laneCount <= 1 ? 0 : (width - PADDING * 2) / (list.laneCount - 1);
	const x = (lane: number): number => PADDING + lane * step;
	// A line may be thousands of rows long; outside of what is drawn it has no business.
	const y = (row: number): number => (Math.min(end + 2, Math.max(begin - 2, row)) - begin + 0.5) * ROW_HEIGHT;
	const lines = list.edges.filter((edge) => edge.row < end && edge.parentRow >= begin);
	// Quiet lines first, so that the way to Now lies above them.
	const ordered = [...lines.filter((edge) => !edge.isActive), ...lines.filter((edge) => edge.isActive)];
	return html`<svg class="graph" width=${width} height=${(end - begin) * ROW_HEIGHT} aria-hidden="true">
		${ordered.map((edge) => line(edge, x, y))} ${list.rows.slice(begin, end).map((row, index) => node(row, x, (index + 0.5) * ROW_HEIGHT))}
	</svg>`;
}

function line(edge: Edge, x: (lane: number) => number, y: (row: number) => number): SVGTemplateResult {
	const [fromX, fromY, toX, toY] = [x(edge.lane), y(edge.row), x(edge.parentLane), y(edge.parentRow)];
	const bend = ROW_HEIGHT / 2;
	const path =
		fromX === toX
			? `M${fromX} ${fromY}V${toY}`
			: `M${fromX} ${fromY}V${toY - ROW_HEIGHT}C${fromX} ${toY - bend} ${toX} ${toY - bend} ${toX} ${toY}`;
	const classes = `line colour-${edge.lane % COLOURS}${edge.isActive ? ' active' : ''}${edge.isIndirect ? ' indirect' : ''}`;
	return svg`<path class=${classes} d=${path} />`;
}

function node(row: Row, x: (lane: number) => number, y: number): SVGTemplateResult | undefined {
	if (row.kind === 'now') {
		return svg`<circle class="node now" cx=${x(row.lane)} cy=${y} r="5" />`;
	}
	if (row.kind !== 'snapshot') {
		return undefined;
	}
	const { snapshot, placement } = row;
	const cx = x(placement.lane);
	const classes = `node colour-${placement.lane % COLOURS}${snapshot.damagedAt === undefined ? '' : ' damaged'}`;
	if (snapshot.kind === 'app') {
		return svg`<path class=${classes} d=${`M${cx} ${y - 5}l5 5-5 5-5-5z`} />`;
	}
	if (snapshot.trigger === 'safety') {
		return svg`<circle class=${`${classes} safety`} cx=${cx} cy=${y} r="3.5" />`;
	}
	return snapshot.name === undefined
		? svg`<circle class=${classes} cx=${cx} cy=${y} r="4" />`
		: svg`<circle class=${classes} cx=${cx} cy=${y} r="5.5" />`;
}
