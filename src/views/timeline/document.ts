import * as vscode from 'vscode';

/** The folder that the page's script, style and font are in. */
export function pageFolder(extensionUri: vscode.Uri): vscode.Uri {
	return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
}

/**
 * The page's document. Everything is refused but our own script (by nonce), style sheet and font: what devices call themselves is shown in it,
 * and only ever as text.
 */
export function pageDocument(webview: vscode.Webview, extensionUri: vscode.Uri): string {
	const file = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(pageFolder(extensionUri), name)).toString();
	const nonce = crypto.randomUUID();
	const policy = [
		"default-src 'none'",
		`style-src ${webview.cspSource}`,
		`font-src ${webview.cspSource}`,
		`script-src 'nonce-${nonce}'`,
	].join('; ');
	return `<!DOCTYPE html>
<html lang="${vscode.env.language.replace(/[^A-Za-z0-9-]/g, '')}">
<head>
	<meta charset="utf-8">
	<meta http-equiv="Content-Security-Policy" content="${policy}">
	<meta name="viewport" content="width=device-width, initial-scale=1">
	<link rel="stylesheet" href="${file('timeline.css')}">
	<title>Timeline</title>
</head>
<body>
	<div id="timeline"></div>
	<script nonce="${nonce}" src="${file('timeline.js')}"></script>
</body>
</html>`;
}
