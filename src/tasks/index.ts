export { LabFiles } from './labFiles.ts';
export { registerTasks } from './registerTasks.ts';
export type { TaskWorld } from './world.ts';
