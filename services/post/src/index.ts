export { readPostConfig, type PostConfig } from './config.ts';
export { postSchema } from './schema.ts';
export { createPostService } from './service.ts';
