import type { LabDocument } from '../document/labDocument.ts';
import type { LabFacts } from '../lookup/facts.ts';
import { labFileProblems } from './labFileProblems.ts';
import { launchProblems } from './launchProblems.ts';
import type { Problem } from './problem.ts';
import { taskProblems } from './taskProblems.ts';

/** More are of no use to anybody. */
const MAX_PROBLEMS = 500;

/** What somebody should know of a document. What its schema says already is left to the editor. */
export function problemsIn(document: LabDocument, facts: LabFacts): readonly Problem[] {
	switch (document.kind) {
		case 'tasks':
			return taskProblems(document, facts).slice(0, MAX_PROBLEMS);
		case 'launch':
			return launchProblems(document, facts).slice(0, MAX_PROBLEMS);
		case 'lab':
			return labFileProblems(document, facts).slice(0, MAX_PROBLEMS);
	}
}
