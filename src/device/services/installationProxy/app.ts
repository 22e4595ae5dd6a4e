export { encodeApp, readApp, type AppAttribute, type InstalledApp } from './messages.ts';
