export { registerTasks } from './registerTasks.ts';
export type { TaskWorld } from './world.ts';
