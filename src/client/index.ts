export { AutomaticRulesLink } from './automaticRules.ts';
export { LabFailure } from './labFailure.ts';
export { LabClient, type ClientState, type LabClientOptions } from './labClient.ts';
export type { LaunchOptions, LaunchServer, ServerLink } from './serverLink.ts';
export { Lab, type LabChange } from './lab.ts';
export { PasswordStore, type PasswordSubject, type RememberedPassword } from './passwordStore.ts';
export { VirtualLabProcess, type RunningVirtualLab, type VirtualLabOrder } from './virtualLabProcess.ts';
export { EditorLanguageSide, type EditorLanguageOptions, type LanguageSide } from './languageSide.ts';
export { LanguageStart } from './languageStart.ts';
