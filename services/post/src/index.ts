export { readPostConfig, type PostConfig } from './config.ts';
export type { PostHealth } from './health.ts';
export { postSchema } from './migrations.ts';
export { createPostService } from './service.ts';
