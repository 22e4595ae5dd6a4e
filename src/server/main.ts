import { createConnection, ProposedFeatures, TextDocumentSyncKind, type InitializeResult } from 'vscode-languageserver/node';

/**
 * The engine as a language server process. It speaks over the channel that its starter names on the command line
 * (`--node-ipc`, `--stdio`, …) and ends by itself when the starter is gone.
 */
const connection = createConnection(ProposedFeatures.all);

connection.onInitialize((): InitializeResult => {
	return {
		serverInfo: { name: 'ios-device-lab' },
		capabilities: { textDocumentSync: TextDocumentSyncKind.None },
	};
});

connection.listen();
