import { html, type TemplateResult } from 'lit';

/** One of the editor's own icons. It says nothing to a screen reader: the text beside it does. */
export function icon(name: string, extra = ''): TemplateResult {
	return html`<span class="codicon codicon-${name} ${extra}" aria-hidden="true"></span>`;
}
