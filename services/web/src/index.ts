export { readPageFiles, type PageFiles } from './page-files.ts';
export { createWebApp } from './web-app.ts';
