export { LabFiles } from './labFiles.ts';
export { registerTasks, type TaskDeps } from './registerTasks.ts';
export type { TaskWorld } from './world.ts';
